"""Send the same stream of events to several systems that are running, in turns, and compare what they answer per second.

    python -m bench.peers --seconds 5 --batch 100 --connections 4 \
        abono=http://127.0.0.1:8000,ctr_…,KEY openmeter=http://127.0.0.1:8888,customer-1

Each system is NAME=URL,SUBJECT[,KEY]: NAME is a file of this folder that says where events go and what they look
like, SUBJECT whom they are for (contract, subscription, customer), KEY goes into `Authorization: Bearer`. What must
exist there beforehand (a meter, a metric, a customer) is for you to make. What a peer answers after is not the same
work: ours has checked and booked by then, most others have stored. The last line is JSON: events/s of each.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter
from urllib.parse import urlsplit

import yaml

from bench.world import keys

FOLDER = Path(__file__).parent
SEND = {"channel": "sms", "kind": "message", "country": "BR"}


class Unusable(Exception):
    """A system that cannot be measured: the message says why, and what to do."""


@dataclass(frozen=True)
class Peer:
    """A running system, and the shape of what it takes."""

    name: str
    url: str
    subject: str
    key: str
    path: str
    content_type: str
    most: int  # events in a request
    body: str
    event: str

    @classmethod
    def parse(cls, text: str) -> Peer:
        """From NAME=URL,SUBJECT[,KEY]. Raises Unusable."""
        name, _, where = text.partition("=")
        url, subject, key = [*where.split(","), "", ""][:3]
        file = FOLDER / f"{Path(name).name}.yaml"
        if not file.is_file():
            raise Unusable(f"{name}: no such file; known are {', '.join(sorted(known()))}")
        if urlsplit(url).scheme != "http" or not subject:
            raise Unusable(f"{text}: write {name}=http://HOST:PORT,SUBJECT[,KEY]")
        return cls(name, url, subject, key, **yaml.safe_load(file.read_text()))

    def request(self, ids: list[str]) -> str:
        """The body with one event for each id."""
        now = datetime.now(UTC)
        facts = {**SEND, "subject": self.subject, "time": now.isoformat(), "seconds": int(now.timestamp())}
        return self.body.format(events=", ".join(self.event.format(id=one, **facts) for one in ids))


def known() -> list[str]:
    return [file.stem for file in FOLDER.glob("*.yaml")]


def measure(peer: Peer, *, seconds: float, batch: int, connections: int) -> float:
    """Events that the system took per second, with so many connections. Raises Unusable."""
    taken: list[int] = []
    failed: list[str] = []
    end = perf_counter() + seconds
    callers = [
        Thread(target=_call, args=(peer, min(batch, peer.most), end, taken, failed))
        for _ in range(connections)
    ]
    begun = perf_counter()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    if failed:
        raise Unusable(f"{peer.name}: {failed[0]}")
    return sum(taken) / (perf_counter() - begun)


def _call(peer: Peer, batch: int, end: float, taken: list[int], failed: list[str]) -> None:
    where = urlsplit(peer.url)
    connection = HTTPConnection(where.hostname or "", where.port or 80, timeout=30)
    headers = {"Content-Type": peer.content_type}
    if peer.key:
        headers["Authorization"] = f"Bearer {peer.key}"
    try:
        while perf_counter() < end and not failed:
            connection.request("POST", where.path.rstrip("/") + peer.path, peer.request(keys(batch)), headers)
            answer = connection.getresponse()
            said = answer.read()
            refused = said.find(b'"refused"')
            if answer.status >= 300 or refused >= 0:
                text = said[max(refused - 80, 0) :][:300].decode(errors="replace")
                failed.append(f"answered {answer.status}: {text}")
                return
            taken.append(batch)
    except (OSError, HTTPException) as error:
        failed.append(f"{peer.url}: {error}")
    finally:
        connection.close()


def compare(
    peers: list[Peer], *, rounds: int, seconds: float, batch: int, connections: int
) -> dict[str, float]:
    """The median rate of each, measured in turns so that neighbours on the machine disturb all of them alike."""
    found: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for number in range(rounds):
        for peer in peers:
            print(f"round {number + 1} of {rounds}: {peer.name} …", file=sys.stderr, flush=True)
            rate = measure(peer, seconds=seconds, batch=batch, connections=connections)
            found[peer.name].append(rate)
    return {name: median(rates) for name, rates in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench.peers", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("systems", nargs="+", metavar="NAME=URL,SUBJECT[,KEY]")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument(
        "--batch", type=int, default=100, help="events in a request, at most what the system takes"
    )
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    try:
        peers = [Peer.parse(text) for text in given.systems]
        rates = compare(
            peers,
            rounds=given.rounds,
            seconds=given.seconds,
            batch=given.batch,
            connections=given.connections,
        )
    except Unusable as error:
        print(error, file=sys.stderr)
        return 1
    for name, rate in rates.items():
        print(f"{name:12} {rate:>10,.0f} events/s  {rate / next(iter(rates.values())):>6.2f} of the first")
    print(json.dumps({name: round(rate) for name, rate in rates.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
