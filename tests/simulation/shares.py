"""A part of the seeds, in a process of its own: what `python -m tests.simulation` starts."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from tests.simulation.connections import connections
from tests.simulation.run import Simulation, Tally
from tests.simulation.world import database, filled


def live(number: int, seeds: Sequence[int], licences: bool = False) -> Tally:
    began = time.perf_counter()
    told = 0

    def tell(tally: Tally) -> None:
        nonlocal told
        for failure in tally.failures[told:]:
            print(f"\n{failure}\n", file=sys.stderr, flush=True)
        told = len(tally.failures)
        if tally.seeds % 500 == 0 or tally.seeds == len(seeds):
            rate = tally.seeds / (time.perf_counter() - began)
            text = f"{tally.seeds:,} of {len(seeds):,} seeds, {rate:.1f}/s, {len(tally.failures)} differences"
            print(f"process {number}: {text}", file=sys.stderr, flush=True)

    with database(number), filled() as world, connections() as to:
        return Simulation(world, to, licences=licences).run(seeds, tell=tell)
