"""Events per second of metering, several ways side by side in one run: `make bench`, or QUICK=1 for a few minutes.

The last line is one JSON object of events/s, each the median of the rounds (ROUNDS=n for another count). Absolute
numbers are those of this machine at this hour; compare the columns of one run. Everything happens in a throw-away database on the configured server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

from abono.config.settings import ENV
from abono.domain.metering.check import Difference
from abono.flows.check_books import check_metering
from abono.platform import postgres
from bench import (
    billing,
    changes,
    collecting,
    direct,
    growth,
    leases,
    over_http,
    pattern,
    people,
    report,
    slips,
    world,
)
from bench.report import Measured, Rounds

# name, what it does, the table in which each of its events is one row
STAGES = {
    "insert_limit": (direct.insert_limit, "metering_send"),
    "naive": (direct.naive, "metering_send"),
    "function": (direct.function, "metering_send"),
    "batch_1000": (direct.batch_1000, "metering_send"),
    "batch_1000_one": (direct.batch_1000_one, "metering_send"),
    "settle_batch_1000": (direct.settle_batch_1000, "metering_settlement"),
    "interactions_batch_1000": (direct.interactions_batch_1000, "metering_contact_event"),
    "http_single": (over_http.single, "metering_send"),
    "http_pattern_hot": (pattern.single_hot, "bench_event"),
    "http_single_hot": (over_http.single_hot, "metering_send"),
    "lease_single": (leases.single, None),
    "lease_hot": (leases.hot, None),
    "lease_single_unproved": (leases.single_unproved, None),
    "lease_hot_unproved": (leases.hot_unproved, None),
    "http_batch_1000": (over_http.batch_1000, "metering_send"),
    "balance_read": (over_http.balance_read, None),
    "entitlements_read": (over_http.entitlements_read, None),
}

# The same at a fixed rate of arrival, half of what the stage that is named reached in the closed loop before.
OPEN_LOOPS = {
    "open_loop": (over_http.open_loop, "metering_send", "http_single"),
    "balance_read_open_loop": (over_http.balance_read_open_loop, None, "balance_read"),
}


def main() -> int:
    quick = os.environ.get("QUICK", "") not in ("", "0")
    seconds, rounds, entries = (2, 2, growth.ENTRIES // 50) if quick else (8, 3, growth.ENTRIES)
    billed = billing.QUICK if quick else billing.CONTRACTS
    waited = collecting.QUICK if quick else collecting.SECONDS
    rounds = int(os.environ.get("ROUNDS") or rounds)
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server:
        differences = _bench(seconds=seconds, rounds=rounds, entries=entries, billed=billed, waited=waited)
    if differences:
        print(f"the books are wrong: {differences[:3]}", file=sys.stderr)
    return 1 if differences else 0


def _bench(*, seconds: float, rounds: int, entries: int, billed: int, waited: float) -> list[Difference]:
    """Measure and show; what the books say against it."""
    with world.database() as url:
        measured: dict[str, list[Measured]] = {name: [] for name in (*STAGES, *OPEN_LOOPS)}

        def measure(
            number: int, name: str, table: str | None, stage: Callable[[world.Contracts], Measured]
        ) -> None:
            contracts = world.fill()
            print(f"round {number} of {rounds}: {name} …", file=sys.stderr, flush=True)
            found = stage(contracts)
            if table is not None:
                world.verify(found.events, table)
            measured[name].append(found)

        for number in range(1, rounds + 1):
            for name, (stage, table) in STAGES.items():
                measure(number, name, table, partial(stage, url=url, seconds=seconds))
            for name, (arriving, table, of) in OPEN_LOOPS.items():
                half = measured[of][-1].rate / 2
                measure(number, name, table, partial(arriving, url=url, seconds=seconds, rate=half))
        differences = check_metering()
        contracts = world.fill()
        print(f"batches with {entries:,} entries in the table, and with none …", file=sys.stderr, flush=True)
        grown = growth.growth(contracts, url, seconds=3 * seconds, entries=entries)
    print("changes of plan …", file=sys.stderr, flush=True)
    with world.empty():
        took = changes.changes()
    print("pages of people …", file=sys.stderr, flush=True)
    with world.empty():
        took |= people.people()
    print("slips on paper …", file=sys.stderr, flush=True)
    took |= slips.slips(count=slips.QUICK)
    print("billing runs …", file=sys.stderr, flush=True)
    took |= billing.billing(contracts=billed)
    print("collections beside a slow gateway …", file=sys.stderr, flush=True)
    with world.empty() as url:
        took |= collecting.collecting(url, seconds=waited)
    stages = {name: Rounds(found) for name, found in measured.items()}
    report.show(stages, {"growth_ratio": grown["growth_ratio"], **took})
    return differences


if __name__ == "__main__":
    sys.exit(main())
