#!/usr/bin/env python3
"""Attacks an edge while people use it: hostile_load.py LINKSEAL [--seconds 60] [--apart] [--json FILE]

A real edge serves on loopback. People open links, press the button and finish, each from an address of their own, first
alone and then for so many seconds among forged, expired and replayed links, oversized and endless requests, clients that
send or read one byte at a time, 2,000 connections that are kept open for nothing, pipelined garbage, and connections that
are cut. It must not crash, must let in nobody who
has no good link, must not grow after the first minute (the first third of a shorter run), and people's 99th percentile
must stay within three times of what it was alone.

In reality neither people nor attackers run on the edge's cores. So the edge and people have a real-time priority, also
before the attack, and attackers the time that is left. (Attackers that merely had a lower priority kept a core for tens of
milliseconds, while the edge's event loops waited for each other on another one.) With --apart the edge has half of the
cores instead, and everybody else the others: then attackers can take all of the edge's time.

The attack is bounded by the seconds and goes to 127.0.0.1 alone.

Exit status: 0 all of it held, 1 something did not, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import csv
import json
import logging
import multiprocessing
import os
import random
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

JOURNEYS_PER_SECOND = 20
PATIENCE = 30.0
EXPIRED, REPLAYED = 200, 50
# Answers that nobody without a good link may get: a survey, a session, a way past a proxy.
ADMITTED = {b"200", b"204", b"303"}
# How many of a kind each of the two crews has at once.
CREWS = {
    "forged_links": 8, "expired_links": 4, "replayed_links": 4, "oversized": 4, "slow": 100, "deaf": 10, "garbage": 8, "flood": 1,
    "idle": 1000,
}  # fmt: skip


# --- Who runs where ---------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where the edge runs, and people. Attackers run where people do, without their priority."""

    apart: bool
    cores: list[int]

    def take_edges(self) -> None:
        if self.apart:
            os.sched_setaffinity(0, self.cores[: len(self.cores) // 2])
        else:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

    def take_peoples(self) -> None:
        if self.apart:
            os.sched_setaffinity(0, self.cores[len(self.cores) // 2 :])
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(2))


# --- The edge ---------------------------------------------------------------------------------------------------------


class Edge:
    def __init__(self, linkseal: str, root: Path, place: Place) -> None:
        self.linkseal, self.root, self.place = linkseal, root, place
        self.execute("init")

    def execute(self, *arguments: str) -> None:
        ended = subprocess.run([self.linkseal, *arguments], cwd=self.root, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise SystemExit(f"linkseal {' '.join(arguments)}: {ended.stderr}")

    def tokens(self, name: str, count: int, *arguments: str) -> list[str]:
        self.execute(
            "generate", "--dummy", str(count), "--name", name, "--base-url", "https://links.example/l/",
            "--survey-url", "https://survey.example/?c={contact_id}&r={session}", "--out", f"{name}.csv", *arguments,
        )  # fmt: skip
        with (self.root / f"{name}.csv").open(newline="") as file:
            return [row["Link"].rsplit("/", 1)[1] for row in csv.DictReader(file)]

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = (self.root / "edge.log").open("wb")
        self.process = subprocess.Popen(
            [self.linkseal, "serve", "--listen", f"127.0.0.1:{self.port}", "--log-format", "json", "--auth-accepts-tokens"],
            cwd=self.root, stdout=self.log, stderr=self.log, preexec_fn=self.place.take_edges,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit((self.root / "edge.log").read_text())
            time.sleep(0.1)

    def resident(self) -> int:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
            return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
        return 0

    def stop(self) -> int:
        """The exit status; negative for the signal of a crash."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


# --- People -----------------------------------------------------------------------------------------------------------


async def ask(port: int, method: str, path: str, address: str) -> tuple[int, str]:
    """The status and the location of an answer, on a connection of its own, as the first one of a browser is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        fields = f"Host: links.example\r\nX-Forwarded-For: {address}\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0) Firefox/141.0\r\n"
        writer.write(f"{method} {path} HTTP/1.1\r\n{fields}Connection: close\r\nContent-Length: 0\r\n\r\n".encode())
        answer = await reader.read(-1)
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
        return status, next((line[10:] for line in answer.decode("latin-1").split("\r\n") if line.startswith("Location: ")), "")
    finally:
        writer.close()


async def journey(port: int, token: str, number: int, latencies: list[float], outcomes: Counter[str]) -> None:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    session = ""
    for method, path, wanted in (("GET", f"/l/{token}", 200), ("POST", f"/l/{token}", 303), ("GET", "/done?session=", 200)):
        begin = time.monotonic()
        try:
            status, location = await asyncio.wait_for(ask(port, method, path + session, address), PATIENCE)
            if status == 303:
                session = location.rsplit("r=", 1)[1]
        except (OSError, TimeoutError, asyncio.TimeoutError, IndexError) as error:
            status = type(error).__name__
        latencies.append(time.monotonic() - begin)
        outcomes["good" if status == wanted else f"{method} {path.split(token)[0]}: {status}"] += 1
        if status != wanted:
            return


async def people(port: int, tokens: list[str], first: int, seconds: float) -> tuple[list[float], Counter[str]]:
    """Comes at fixed times whatever the edge does, so that a stall delays everybody who comes meanwhile."""
    latencies: list[float] = []
    outcomes: Counter[str] = Counter()
    journeys = []
    begin = time.monotonic()
    for number in range(int(seconds * JOURNEYS_PER_SECOND)):
        await asyncio.sleep(max(0.0, begin + number / JOURNEYS_PER_SECOND - time.monotonic()))
        journeys.append(asyncio.create_task(journey(port, tokens[first + number], first + number, latencies, outcomes)))
    await asyncio.gather(*journeys)
    return latencies, outcomes


# --- Attackers --------------------------------------------------------------------------------------------------------


class Attack:
    def __init__(self, port: int, seed: int, expired: list[str], replayed: list[str], good: str) -> None:
        self.port, self.random = port, random.Random(seed)
        self.expired, self.replayed, self.good = expired, replayed, good
        self.answers: dict[str, Counter[str]] = {}
        self.requests: Counter[str] = Counter()

    def address(self) -> str:
        """Half of the attack comes from eight addresses, and half from anywhere."""
        if self.random.random() < 0.5:
            return f"198.51.100.{self.random.randrange(8)}"
        return ".".join(str(self.random.randrange(1, 224)) for _ in range(4))

    def forged(self) -> str:
        """A token whose claims are somebody's and whose signature is not."""
        payload = base64.urlsafe_b64decode(self.good + "=" * (-len(self.good) % 4))[:-64]
        return base64.urlsafe_b64encode(payload + self.random.randbytes(64)).decode().rstrip("=")

    def request(self, token: str, admits: bool) -> bytes:
        fields = f"Host: x\r\nX-Forwarded-For: {self.address()}\r\n"
        kind = self.random.randrange(4 if admits else 5)
        if kind == 0:
            return f"GET /l/{token} HTTP/1.1\r\n{fields}\r\n".encode()
        if kind == 1:
            return f"POST /l/{token} HTTP/1.1\r\n{fields}Content-Length: 0\r\n\r\n".encode()
        if kind == 2:
            return f"GET /auth HTTP/1.1\r\n{fields}X-Linkseal-Token: {token}\r\n\r\n".encode()
        path = self.random.choice(["/v1/start", "/v1/verify", "/v1/finish"]) if kind == 3 else "/v1/start"
        body = json.dumps({"token": token}, separators=(",", ":"))
        return f"POST {path} HTTP/1.1\r\n{fields}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    async def pipelined(self, kind: str, tokens: list[str] | None) -> None:
        """Many requests at once, of which the answers are read."""
        # More than 16 at once are cut off, which is little work; most attackers would find that out.
        blob, count = b"", self.random.randrange(1, 17 if self.random.random() < 0.9 else 100)
        for _ in range(count):
            blob += self.request(self.random.choice(tokens) if tokens else self.forged(), admits=kind == "replayed")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(blob)
            self.requests[kind] += count
            deadline = time.monotonic() + 5
            rest, seen = b"", 0
            while seen < count and time.monotonic() < deadline:
                piece = await asyncio.wait_for(reader.read(1 << 16), 5)
                if not piece:
                    break
                rest, end = rest + piece, 0
                for status in re.finditer(rb"HTTP/1\.1 (\d{3})", rest):
                    self.answers.setdefault(kind, Counter())[status[1].decode()] += 1
                    seen, end = seen + 1, status.end()
                # A status line may be cut anywhere.
                rest = rest[end:][-11:]
        finally:
            writer.close()

    async def send(self, kind: str, pieces: list[bytes], pause: float = 0.0, read: bool = True) -> None:
        """Sends what no client would, in pieces, and may read what comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.requests[kind] += 1
        try:
            for piece in pieces:
                writer.write(piece)
                if pause:
                    await asyncio.sleep(pause)
                else:
                    await asyncio.wait_for(writer.drain(), 5)
            if read:
                answer = await asyncio.wait_for(reader.read(4096), 5)
                if answer.startswith(b"HTTP/1.1 "):
                    self.answers.setdefault(kind, Counter())[answer[9:12].decode()] += 1
            if self.random.random() < 0.3:
                # With a reset in place of an orderly end.
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        finally:
            writer.close()

    async def forged_links(self) -> None:
        await self.pipelined("forged", None)

    async def expired_links(self) -> None:
        await self.pipelined("expired", self.expired)

    async def replayed_links(self) -> None:
        await self.pipelined("replayed", self.replayed)

    async def oversized(self) -> None:
        huge = self.random.choice([17 << 10, 64 << 10, 1 << 20])
        fields = f"Host: x\r\nX-Forwarded-For: {self.address()}\r\nContent-Type: application/json\r\n"
        post = f"POST /v1/start HTTP/1.1\r\n{fields}".encode()
        chunk = f"{1 << 14:x}\r\n".encode() + b"x" * (1 << 14) + b"\r\n"
        requests = [
            [f"GET /l/{'L' * huge} HTTP/1.1\r\n{fields}\r\n".encode()],
            [f"GET / HTTP/1.1\r\n{fields}X: {'x' * huge}\r\n\r\n".encode()],
            [f"GET / HTTP/1.1\r\n{fields}".encode() + b"".join(b"X-%d: x\r\n" % n for n in range(5000)) + b"\r\n"],
            [post + f"Content-Length: {huge}\r\n\r\n".encode(), b"x" * huge],
            [post + b"Content-Length: 99999999999999999999\r\n\r\n", b"{}"],
            [post + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 64],
            [post + b"Content-Length: 30000\r\n\r\n" + b"[" * 15000],
        ]
        await self.send("oversized", self.random.choice(requests))

    async def slow(self) -> None:
        head = f"POST /v1/start HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {self.address()}\r\nContent-Type: application/json\r\n"
        text = head.encode() + b"Content-Length: 4000\r\n\r\n" + b" " * 4000
        begin = self.random.choice([0, 4, len(head), len(text) - 4000])
        await self.send("slow", [text[:begin] or b"P", *[text[n : n + 1] for n in range(begin, begin + 60)]], pause=0.5, read=False)

    async def deaf(self) -> None:
        """Asks for much and reads nothing."""
        await self.send("deaf", [b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 500, b""], pause=10.0, read=False)

    async def garbage(self) -> None:
        lines = [
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /l/x HTTP/1.1\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.random.randbytes(64), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + self.random.randbytes(200),
            b"GET /l/%00%ff%c0%af HTTP/1.1\r\nHost: x\r\n\r\n" * 20, b"\r\n" * 2000, b"\x00" * 3000,
            b"GET  /  HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            b"GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + bytes(range(128, 256)) + b"\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" * 50, b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n" + self.random.randbytes(300),
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n" + self.random.randbytes(300),
        ]  # fmt: skip
        pieces = [self.random.choice(lines) for _ in range(self.random.randrange(1, 6))]
        if self.random.random() < 0.3:
            pieces = [self.random.randbytes(self.random.randrange(1, 5000))]
        await self.send("garbage", pieces)

    async def flood(self) -> None:
        """Thousands of requests of one connection at once, none of which is waited for."""
        await self.send("flood", [b"GET /l/L HTTP/1.1\r\nHost: x\r\n\r\n" * 3000], read=False)

    async def idle(self) -> None:
        """Asks once, and keeps the connection until the edge closes it."""
        await asyncio.sleep(self.random.uniform(0, 10))
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.requests["idle"] += 1
        try:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.wait_for(reader.read(-1), max(1.0, self.end - time.monotonic()))
        finally:
            writer.close()

    async def repeat(self, one: object, end: float) -> None:
        while time.monotonic() < end:
            try:
                await one()
            except (OSError, TimeoutError, asyncio.TimeoutError):
                # The edge may close on an attacker whenever it likes.
                await asyncio.sleep(0.01)

    async def run(self, seconds: float, kinds: list[str]) -> None:
        self.end = end = time.monotonic() + seconds
        crews = [(getattr(self, kind), count) for kind, count in CREWS.items() if kind in kinds]
        await asyncio.gather(*(self.repeat(one, end) for one, count in crews for _ in range(count)))


def attack(
    port: int, seed: int, seconds: float, expired: list[str], replayed: list[str], good: str, kinds: list[str], results: object
) -> None:
    # Which complains of every connection that the edge has closed.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    attackers = Attack(port, seed, expired, replayed, good)
    asyncio.run(attackers.run(seconds, kinds))
    results.put((attackers.requests, attackers.answers))


# --- The run ----------------------------------------------------------------------------------------------------------


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def watch(edge: Edge, samples: list[tuple[float, int]], done: object) -> None:
    begin = time.monotonic()
    while not done.wait(1):
        samples.append((time.monotonic() - begin, edge.resident()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("linkseal")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--only", action="append", choices=CREWS, help="only this kind of attack; can be given again")
    parser.add_argument("--apart", action="store_true", help="give the edge half of the cores, and everybody else the others")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    if arguments.seconds < 15 or not Path(arguments.linkseal).is_file():
        parser.error("give the built linkseal, and at least 15 seconds")
    place = Place(arguments.apart, sorted(os.sched_getaffinity(0)))
    if place.apart and len(place.cores) < 2:
        parser.error("--apart needs two cores")
    try:
        place.take_peoples()
    except PermissionError:
        parser.error("a real-time priority takes CAP_SYS_NICE: run this as root, in Docker with --cap-add SYS_NICE")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    print(f"{arguments.seconds} s of attack, repeated with --seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as root:
        return run(Edge(str(Path(arguments.linkseal).resolve()), Path(root), place), arguments)


def run(edge: Edge, arguments: argparse.Namespace) -> int:
    quiet, seconds = min(60, arguments.seconds), arguments.seconds
    kinds = arguments.only or list(CREWS)
    soon = datetime.now(timezone.utc) + timedelta(seconds=3)
    expired = edge.tokens("expired", EXPIRED, "--expires", soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    good = edge.tokens("people", (quiet + seconds + 2) * JOURNEYS_PER_SECOND)
    replayed = edge.tokens("replayed", REPLAYED)
    edge.start()

    first = asyncio.run(people(edge.port, good, 0, 2))
    alone, alone_outcomes = asyncio.run(people(edge.port, good, 2 * JOURNEYS_PER_SECOND, quiet))
    # A minute of leeway past the expiry.
    if "expired_links" in kinds:
        time.sleep(max(0.0, (soon - datetime.now(timezone.utc)).total_seconds() + 62))

    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    crews = [
        context.Process(target=attack, args=(edge.port, arguments.seed + n, float(seconds), expired, replayed, good[0], kinds, results))
        for n in range(2)
    ]
    samples: list[tuple[float, int]] = []
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(edge, samples, done))
    for crew in crews:
        crew.start()
    watcher.start()
    among, among_outcomes = asyncio.run(people(edge.port, good, (quiet + 2) * JOURNEYS_PER_SECOND, seconds))
    done.set()
    watcher.join()
    requests: Counter[str] = Counter()
    answers: dict[str, Counter[str]] = {}
    for _ in crews:
        sent, got = results.get()
        requests += sent
        for kind, statuses in got.items():
            answers.setdefault(kind, Counter()).update(statuses)
    for crew in crews:
        crew.join()
    afterwards = asyncio.run(people(edge.port, good, 0, 0.05))[1] if edge.process.poll() is None else Counter()
    resident = edge.resident()
    status = edge.stop()
    return judge(edge, arguments, first[1], (alone, alone_outcomes), (among, among_outcomes), requests, answers, samples, resident, status, afterwards)


def judge(edge, arguments, first, quiet, attacked, requests, answers, samples, resident, status, afterwards) -> int:
    alone, among = percentile(quiet[0], 0.99), percentile(attacked[0], 0.99)
    warm_end = 60.0 if arguments.seconds >= 120 else arguments.seconds / 3
    early = [size for second, size in samples if second <= warm_end and size]
    late = [size for second, size in samples if second > warm_end and size]
    growth = max(late, default=0) / max(max(early, default=1), 1)
    admitted = {kind: sum(count for code, count in got.items() if code.encode() in ADMITTED) for kind, got in answers.items()}
    bad = sum(count for name, count in attacked[1].items() if name != "good")
    checks = {
        "the edge neither crashed nor hung": status == 0,
        "the edge answered at once afterwards": bool(afterwards),
        "people alone all got their survey": set(quiet[1]) == {"good"} and set(first) == {"good"},
        "people among attackers all got their survey": bad == 0,
        "nobody got in with a forged or expired link": admitted.get("forged", 0) == 0 and admitted.get("expired", 0) == 0,
        f"memory is flat after {warm_end:.0f} s": growth <= 1.1 or max(late, default=0) - max(early, default=0) < 8 << 20,
        "people's p99 is within 3 times of that without attack": among <= 3 * alone,
    }
    print(f"people          alone: p50 {1000 * statistics.median(quiet[0]):.1f} ms, p99 {1000 * alone:.1f} ms of {len(quiet[0])} requests")
    print(f"       among attackers: p50 {1000 * statistics.median(attacked[0]):.1f} ms, p99 {1000 * among:.1f} ms of {len(attacked[0])} requests")
    print(f"           p99's ratio: {among / alone:.2f}")
    if bad:
        print(f"        what went wrong: {dict(attacked[1])}")
    sent = sum(requests.values())
    print(f"attackers sent {sent} requests, {sent / arguments.seconds:.0f} a second: {dict(requests)}")
    for kind, statuses in sorted(answers.items()):
        print(f"  answers to {kind}: {dict(statuses.most_common())}")
    print(f"memory: {max(early, default=0) >> 20} MiB at most in the first {warm_end:.0f} s, {max(late, default=0) >> 20} MiB later, {resident >> 20} MiB at the end")
    for name, held in checks.items():
        print(f"{'held  ' if held else 'FAILED'} {name}")
    if status != 0:
        print(f"the edge ended with {status}; its last words:")
        print("\n".join((edge.root / "edge.log").read_text(errors="replace").splitlines()[-20:]))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps({
            "seconds": arguments.seconds, "seed": arguments.seed, "p99_alone": alone, "p99_attacked": among, "ratio": among / alone,
            "requests": dict(requests), "answers": {kind: dict(got) for kind, got in answers.items()},
            "resident": samples, "checks": checks,
        }))  # fmt: skip
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
