"""Prints the addresses that two linkifiers find in each text of a JSON array on standard input, as JSON objects with the
linkifier, the index of the text and the address."""

import html.parser
import json
import sys

import bleach.linkifier
import linkify_it


class Hrefs(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name == "href"]


# example.com's relatives are reserved and so on no list of top-level domains.
tlds = bleach.linkifier.TLDS + ["example"]
bleaching = bleach.linkifier.Linker(url_re=bleach.linkifier.build_url_re(tlds=tlds))
linkify = linkify_it.LinkifyIt()

for index, text in enumerate(json.load(sys.stdin)):
    hrefs = Hrefs()
    hrefs.feed(bleaching.linkify(text))
    found = [("bleach", url) for url in hrefs.found]
    found += [("linkify-it", match.url) for match in linkify.match(text) or []]
    for linkifier, url in found:
        print(json.dumps({"linkifier": linkifier, "text": index, "url": url}))
