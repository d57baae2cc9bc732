"""By hand, for minutes or hours: `python -m tests.simulation --seeds 10000`. The last line is JSON.

It needs no more than DATABASE_URL or the embedded server, on which it makes a throw-away database.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context

from abono.config.settings import ENV
from abono.platform import postgres
from tests.simulation import story
from tests.simulation.run import Tally
from tests.simulation.shares import live
from tests.simulation.steps import Story


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many stories (1,000)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first (0)")
    parser.add_argument("--processes", type=int, default=1, help="each with a database of its own (1)")
    parser.add_argument("--replay", type=int, metavar="SEED", help="tell one story, and live it again")
    parser.add_argument(
        "--licences", action="store_true", help="people who sign in alone: ten times as many a minute"
    )
    given = parser.parse_args()
    began = time.perf_counter()
    if given.replay is not None:
        _tell(story.of_licences(given.replay) if given.licences else story.draw(given.replay))
        given.first, given.seeds, given.processes = given.replay, 1, 1
    tally = Tally()
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        last = given.first + given.seeds
        shares = [range(given.first + n, last, given.processes) for n in range(given.processes)]
        for part in pool.map(live, range(given.processes), shares, [given.licences] * given.processes):
            tally += part
    seconds = time.perf_counter() - began
    for name, counted in (("what befell calls", tally.faults), ("answers", tally.words)):
        print(f"{name}: " + ", ".join(f"{word} {n:,}" for word, n in counted.most_common()), file=sys.stderr)
    print(
        json.dumps(
            {
                "seeds": tally.seeds,
                "steps": tally.steps,
                "events": tally.events,
                "differences": len(tally.failures),
                "seconds": round(seconds, 1),
            }
        )
    )
    return 1 if tally.failures else 0


def _tell(told: Story) -> None:
    for line in told.lines():
        print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
