"""By hand, for minutes or hours: `python -m tests.scenarios.living --books 10000`. The last line is JSON.

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
from tests.scenarios.living.book import Tally
from tests.scenarios.living.run import live


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.living", description=__doc__)
    parser.add_argument("--books", type=int, default=1_000, help="how many (1,000)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first (0)")
    parser.add_argument("--processes", type=int, default=1, help="each with a database of its own (1)")
    parser.add_argument("--replay", type=int, metavar="SEED", help="live this book alone")
    given = parser.parse_args()
    if given.replay is not None:
        given.first, given.books, given.processes = given.replay, 1, 1
    began, tally = time.perf_counter(), Tally()
    seeds, each = range(given.first, given.first + given.books), -(-given.books // given.processes)
    shares = [seeds[n * each : (n + 1) * each] for n in range(given.processes)]
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        for part in pool.map(live, range(given.processes), shares):
            tally += part
    print("acts: " + ", ".join(f"{act} {n:,}" for act, n in tally.acts.most_common()), file=sys.stderr)
    print(
        json.dumps(
            {
                "books": tally.books,
                "renewals": tally.renewed,
                "books without one": tally.nothing,
                "differences": len(tally.failures),
                "seconds": round(time.perf_counter() - began, 1),
            }
        )
    )
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
