#!/usr/bin/env python3
"""Rotates, revokes and deletes on live traffic: rotation_under_load.py LINKSEAL

Three edges poll one URL each second while every link is verified on each of them again and again. Ten rotations, fifty
deletions and the revocation of a key must refuse no link that is good, from the moment that it was minted, and accept
none that is not, later than one poll after the bundle that breaks it was published.

Exit status: 0 all of it held, 1 something did not, 2 wrong usage.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import http.client
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "keys"
ROTATIONS, DELETIONS, KEPT, EDGES = 10, 50, 10, 3
# One poll with its jitter, and what a busy machine takes to get round to it.
LAG_SECONDS = 2.5


class Workspace:
    def __init__(self, linkseal: str, path: Path) -> None:
        self.linkseal, self.path = linkseal, path
        self.environment = os.environ | {"LINKSEAL": linkseal, "LINKSEAL_WORKSPACE": str(path)}
        self.contacts = path / "contacts.csv"
        path.mkdir()
        self.contacts.write_text("id,email\n" + "".join(f"c{n},c{n}@example.org\n" for n in range(3)))
        self.run("init")

    def run(self, *arguments: str) -> str:
        return self.execute(self.linkseal, *arguments)

    def execute(self, *command: str) -> str:
        ended = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise SystemExit(f"{' '.join(command)}: {ended.stderr}")
        return ended.stdout

    def generate(self, name: str) -> list[str]:
        out = self.path / "links.csv"
        self.run(
            "generate", "--contacts", str(self.contacts), "--name", name, "--base-url", "https://links.example/l/",
            "--survey-url", "https://survey.example/?c={contact_id}&r={session}", "--out", str(out),
        )  # fmt: skip
        with out.open(newline="") as file:
            cells = [cell for row in csv.DictReader(file) for cell in row.values()]
        out.unlink()
        return [cell.removeprefix("https://links.example/l/") for cell in cells if cell.startswith("https://links.")]


class BundleHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bundle: Path

    def do_GET(self) -> None:
        content = self.bundle.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        is_known = self.headers.get("If-None-Match") == tag
        self.send_response(304 if is_known else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", "0" if is_known else str(len(content)))
        self.end_headers()
        if not is_known:
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


@dataclass(frozen=True)
class Promise:
    """What a link must give: `valid`, or the code of its refusal, from a time on."""

    verdict: str
    since: float


class Traffic:
    """Verifies every link on every edge, over and over, and notes what should not be."""

    def __init__(self, ports: list[int]) -> None:
        self.lock = threading.Lock()
        self.promises: dict[str, Promise] = {}
        self.verdicts: dict[str, int] = {}
        self.broken: list[str] = []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.verify_on, args=(port,)) for port in ports]
        for thread in self.threads:
            thread.start()

    def promise(self, tokens: list[str], verdict: str = "valid") -> None:
        with self.lock:
            self.promises |= dict.fromkeys(tokens, Promise(verdict, time.monotonic()))

    def verify_on(self, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while not self.stopped.wait(0.001):
            with self.lock:
                promises = list(self.promises.items())
            for token, promise in promises:
                if self.stopped.wait(0.001):
                    return
                asked = time.monotonic()
                try:
                    body = json.dumps({"token": token})
                    connection.request("POST", "/v1/verify", body, {"Content-Type": "application/json"})
                    response = connection.getresponse()
                    answer = json.loads(response.read())
                except (OSError, http.client.HTTPException, ValueError) as error:
                    self.broken.append(f"edge {port}: {error!r}")
                    connection.close()
                    continue
                verdict = "valid" if response.status == 200 else answer["code"]
                with self.lock:
                    self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
                    is_changing = self.promises[token] != promise
                # A link that was broken may still be good for one poll.
                is_settled = promise.verdict == "valid" or asked > promise.since + LAG_SECONDS
                allowed = {promise.verdict} if is_settled else {promise.verdict, "valid"}
                if not is_changing and verdict not in allowed:
                    self.broken.append(f"edge {port}: {verdict} instead of {promise.verdict}")

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def start_edge(workspace: Workspace, url: str, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """An edge with nothing but two keys, on a free port."""
    folder.mkdir()
    for name in ("root.pub.pem", "session.key"):
        (folder / name).write_bytes((workspace.path / "keys" / name).read_bytes())
        (folder / name).chmod(0o600)
    errors = folder / "errors"
    command = [
        workspace.linkseal, "serve", "--listen", "127.0.0.1:0", "--bundle", url, "--poll-interval", "1s",
        "--root-key", str(folder / "root.pub.pem"), "--session-key", str(folder / "session.key"),
        "--log", str(folder / "consumption.log"), "--new-log",
    ]  # fmt: skip
    with errors.open("wb") as file:
        process = subprocess.Popen(command, stderr=file, cwd=folder)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for line in errors.read_text().splitlines():
            if "address=127.0.0.1:" in line:
                return process, int(line.split("address=127.0.0.1:")[1].split()[0])
        time.sleep(0.05)
    raise SystemExit(f"an edge did not start: {errors.read_text()}")


def change(workspace: Workspace, traffic: Traffic) -> None:
    """All that an admin does to live links."""
    distributions = {}
    for number in range(DELETIONS + KEPT):
        name = f"Survey {number}"
        distributions[name] = workspace.generate(name)
        traffic.promise(distributions[name])
    workspace.run("keys", "rotate")
    workspace.run("publish")
    signed_by: dict[str, list[str]] = {}
    for number in range(ROTATIONS):
        # The pending key was published; edges poll within a second and its jitter.
        time.sleep(1.3)
        rotation = json.loads(workspace.run("keys", "rotate", "--settling", "1s", "--json"))
        if rotation["outcome"] != "rotated":
            raise SystemExit(f"not rotated: {rotation}")
        signed_by[rotation["signingKey"]] = tokens = workspace.generate(f"Rotation {number}")
        traffic.promise(tokens)
        workspace.run("publish")
    for number in range(DELETIONS):
        workspace.run("delete", f"Survey {number}", "--yes")
        traffic.promise(distributions[f"Survey {number}"], "link_deleted")
    stolen = list(signed_by)[ROTATIONS // 2]
    workspace.execute(str(SCRIPTS / "revoke"), stolen)
    traffic.promise(signed_by[stolen], "key_not_verifying")
    time.sleep(2 * LAG_SECONDS)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: rotation_under_load.py LINKSEAL", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        workspace = Workspace(str(Path(arguments[0]).resolve()), Path(folder) / "workspace")
        BundleHandler.bundle = workspace.path / "linkseal-data" / "bundle.json"
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BundleHandler)
        stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/bundle.json"
        ports = []
        for number in range(EDGES):
            process, port = start_edge(workspace, url, Path(folder) / f"edge-{number}")
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            ports.append(port)
        traffic = Traffic(ports)
        stack.callback(traffic.stop)
        change(workspace, traffic)
        traffic.stop()
    print(f"{ROTATIONS} rotations, {DELETIONS} deletions, 1 revocation on {EDGES} edges: {traffic.verdicts}")
    missing = {"valid", "link_deleted", "key_not_verifying"} - traffic.verdicts.keys()
    for line in traffic.broken[:20] + [f"no link ever gave {verdict}" for verdict in missing]:
        print(line)
    return 1 if traffic.broken or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
