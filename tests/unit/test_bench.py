"""The bench counts a stall for everybody who came meanwhile, says its spread, and compares pairs of runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread

import pytest

from bench import billing, load, paired, report
from bench.billing import Spent
from bench.report import Measured, Rounds

TOGETHER = 20  # requests that the stalled server lets come before it answers the first
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that answers nobody before so many have asked."""
    all_here = Barrier(request.param)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            all_here.wait(timeout=10)
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = TOGETHER

    listening = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    yield listening.server_port
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.mark.parametrize("server", [TOGETHER], indirect=True)
def test_who_comes_during_a_stall_waits_from_the_moment_at_which_the_request_was_due(server: int):
    wall, took = load.run_open([REQUEST] * TOGETHER, server, rate=100, connections=TOGETHER, held=0)
    # One comes every 10 ms, the last 190 ms after the first, and nobody is answered before.
    assert wall >= 0.19
    assert len(took) == TOGETHER
    assert all(waited >= (19 - n) / 100 for n, waited in enumerate(sorted(took, reverse=True)))


@pytest.mark.parametrize("server", [1], indirect=True)
def test_a_request_without_a_free_connection_waits_on_the_clock(server: int):
    wall, took = load.run_open([REQUEST] * TOGETHER, server, rate=1e6, connections=1, held=0)
    # All are due at once and go one after the other: the last waits for as long as the whole lasts.
    assert max(took) > 0.9 * wall
    assert took == sorted(took)


def test_the_median_of_the_rounds_stands_beside_the_smallest_and_the_largest(
    capsys: pytest.CaptureFixture[str],
):
    def rounds(*events: int) -> Rounds:
        return Rounds([Measured("how", count, 1.0, [0.001, 0.002]) for count in events])

    names = (
        "insert_limit",
        "naive",
        "balance_read",
        "entitlements_read",
        "open_loop",
        "balance_read_open_loop",
    )
    leases = {
        "http_single": rounds(200),
        "http_single_hot": rounds(400),
        "lease_single": rounds(170),
        "lease_hot": rounds(300),
    }
    billed = billing.figures(
        one_by_one=Spent(1_816, 100, ours=60, servers=40),
        few=Spent(9_004, 10, ours=9),
        run=Spent(8_004, 10, ours=10, servers=6),
        limit=Spent(30_006, 10, ours=0, servers=12),
    )
    more = {"growth_ratio": 0.99, **billed}
    report.show({**{name: rounds(300, 100, 260) for name in names}, **leases}, more)
    table, line = capsys.readouterr().out.split("\n", 1)[1].rsplit("\n{", 1)
    figures = json.loads("{" + line)
    assert "100..300" in table
    assert (figures["naive"], figures["spread"]["naive"]) == (260, [100, 300])
    assert figures["per_core"]["naive"] == round(260 / figures["cores"])
    assert (figures["open_loop_rate"], figures["open_loop_p50_ms"], figures["open_loop_p99_ms"]) == (
        260,
        2,
        2,
    )
    assert figures["growth_ratio"] == 0.99
    assert [(name, value) for name, value in figures.items() if name.startswith("billing_")] == [
        ("billing_one_by_one", 18.2),
        ("billing_run", 800),
        ("billing_limit", 3001),
        ("billing_growth_ratio", 11.25),  # ten times the contracts took 10 × 900.4 / 800.4 of the time
        ("billing_run_cpu_x_one_by_one", 27.5),  # 100 s / 1,816 beside 16 s / 8,004
        ("billing_run_cpu_of_limit", 0.2),  # 12 s / 30,006 beside that
    ]
    assert (figures["lease_single_of_holds"], figures["lease_hot_of_holds"]) == (0.85, 0.75)


def test_a_figure_is_slower_when_the_median_of_its_pairs_is_below_97_of_100():
    before = {"holds": 100.0, "reads": 100.0, "wait_ms": 10.0, "billing_growth_ratio": 10.0, "gone": 1.0}
    after = [
        {"holds": 98.0, "reads": 96.0, "wait_ms": 10.4, "billing_growth_ratio": 9.0, "new": 1.0},
        {"holds": 90.0, "reads": 96.0, "wait_ms": 5.0, "billing_growth_ratio": 9.0, "new": 1.0},
        {"holds": 99.0, "reads": 120.0, "wait_ms": 10.5, "billing_growth_ratio": 9.0, "new": 1.0},
    ]
    compared = paired.ratios([(before, one) for one in after])
    assert compared["holds"] == [0.98, 0.9, 0.99]
    assert sorted(compared) == ["billing_growth_ratio", "holds", "reads", "wait_ms"]
    assert paired.slower(compared) == ["reads", "wait_ms"]  # 0.96; 10 / 10.4 = 0.96
