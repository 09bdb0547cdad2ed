#!/bin/sh
# Verifies the signature of one token on standard input with the openssl command and coreutils alone:
#
#   verify_with_openssl.sh PUBLIC_KEY_PEM < token
#
# Text, version, length, key ID and signature are checked; the claims are not.
# Exit status: 0 verified, 1 refused, 2 wrong usage or key. OpenSSL 3.0 or later.
set -eu
LC_ALL=C
export LC_ALL

refuse() {
    echo "$1" >&2
    exit 1
}

unusable() {
    echo "$1" >&2
    exit 2
}

hex() {
    od -An -v -tx1 | tr -d ' \n'
}

[ $# -eq 1 ] || unusable "usage: verify_with_openssl.sh PUBLIC_KEY_PEM < token"
key=$1
description=$(openssl pkey -pubin -in "$key" -noout -text 2>/dev/null) || unusable "$key: not a public key in PEM"

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
key_id=$(openssl pkey -pubin -in "$key" -outform DER | openssl dgst -sha256 -binary | head -c 4 | hex)

# One byte more than a token and its line feed can have tells a text that is too long.
head -c 225 >"$directory/input"
text=$(cat "$directory/input")
[ ${#text} -le 223 ] || refuse text_invalid
# The shell drops zero bytes and every line feed at the end: only one line feed may be missing.
case $(($(wc -c <"$directory/input") - ${#text})) in
0) ;;
1) [ "$(tail -c 1 "$directory/input" | hex)" = 0a ] || refuse text_invalid ;;
*) refuse text_invalid ;;
esac
case $text in
'' | *[!A-Za-z0-9_-]*) refuse text_invalid ;;
esac

case $((${#text} % 4)) in
0) padding= ;;
2) padding='==' ;;
3) padding='=' ;;
*) refuse text_invalid ;;
esac
printf '%s%s' "$text" "$padding" | tr -- '-_' '+/' | base64 -d >"$directory/token"
# A text whose unused bits are not zero does not come back.
again=$(base64 -w 0 "$directory/token" | tr -- '+/' '-_' | tr -d =)
[ "$again" = "$text" ] || refuse text_invalid

case $(head -c 1 "$directory/token" | hex) in
2c) smallest=88 largest=151 ;;
2d) smallest=104 largest=167 ;;
*) refuse version_unknown ;;
esac
size=$(wc -c <"$directory/token")
if [ "$size" -lt "$smallest" ] || [ "$size" -gt "$largest" ] || [ $((size % 3)) -eq 0 ]; then
    refuse layout_invalid
fi
[ "$(tail -c +2 "$directory/token" | head -c 4 | hex)" = "$key_id" ] || refuse key_unknown

{
    printf 'linkseal link v1\0'
    head -c $((size - 64)) "$directory/token"
} >"$directory/message"
tail -c 64 "$directory/token" >"$directory/signature"

case $description in
*ED25519*)
    openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$directory/message" \
        -sigfile "$directory/signature" >"$directory/answer" 2>&1 || refuse signature_invalid
    ;;
*prime256v1*)
    r=$(head -c 32 "$directory/signature" | hex)
    s=$(tail -c 32 "$directory/signature" | hex)
    # Half the order of the group, rounded down; the letter keeps expr from comparing numbers.
    half=7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8
    if expr "x$s" '>' "x$half" >"$directory/answer"; then
        refuse signature_invalid
    fi
    printf 'asn1=SEQUENCE:signature\n[signature]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "$r" "$s" >"$directory/asn1"
    openssl asn1parse -genconf "$directory/asn1" -noout -out "$directory/der" 2>"$directory/answer" ||
        refuse signature_invalid
    openssl dgst -sha256 -verify "$key" -signature "$directory/der" "$directory/message" \
        >"$directory/answer" 2>&1 || refuse signature_invalid
    ;;
*) unusable "$key: neither Ed25519 nor P-256" ;;
esac
echo verified
