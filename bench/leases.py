"""Licences in use over HTTP: people come in, send a heartbeat and go, one call each; beside `over_http.single` and `single_hot`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bench import load
from bench.over_http import MOST_SINGLE, OURS, in_process, serving
from bench.report import Measured
from bench.world import Contracts

APART = 500  # people between a claim and its heartbeat, and between that and its release: no call overtakes the one before


def single(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure("POST /v1/leases, -heartbeats, -releases, 64 connections", contracts, url, seconds, 64)


def hot(contracts: Contracts, url: str, seconds: float) -> Measured:
    how = "the same with 128 connections, all on one contract"
    return _measure(how, contracts.one(), url, seconds, 128)


def single_unproved(contracts: Contracts, url: str, seconds: float) -> Measured:
    how = "as lease_single, with proof: false"
    return _measure(how, contracts, url, seconds, 64, proof=False)


def hot_unproved(contracts: Contracts, url: str, seconds: float) -> Measured:
    how = "as lease_hot, with proof: false"
    return _measure(how, contracts.one(), url, seconds, 128, proof=False)


def _measure(
    how: str, contracts: Contracts, url: str, seconds: float, connections: int, *, proof: bool = True
) -> Measured:
    with serving(OURS, url) as port:
        wall, took = in_process(_load, contracts, port, seconds, connections, proof)
    return Measured(how, len(took), wall, took)


def _load(
    contracts: Contracts, port: int, seconds: float, connections: int, proof: bool
) -> tuple[float, list[float]]:
    requests = list(_requests(contracts, int(MOST_SINGLE * seconds), proof=proof))
    return load.run(iter(requests), port, seconds=seconds, connections=connections, held=0, word=load.REFUSED)


def _requests(contracts: Contracts, most: int, *, proof: bool) -> Iterator[bytes]:
    """As often a claim as a heartbeat and a release, once people are in."""
    without = {} if proof else {"proof": False}
    names, places = contracts.names, contracts.drawn(most, seed=7)
    for n in range(most // 3):
        for what, person, more in (
            ("leases", n, without),
            ("lease-heartbeats", n - APART, without),
            ("lease-releases", n - 2 * APART, {}),
        ):
            if person >= 0:
                yield _request(what, contracts.key, names[places[person]], person, more)


def _request(what: str, key: str, contract: str, person: int, more: Mapping[str, bool]) -> bytes:
    said = {"id": f"session-{person}", "contract": contract, "person": f"person-{person}", **more}
    body = json.dumps(said).encode()
    head = (
        f"POST /v1/{what} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
