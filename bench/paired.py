"""Is this checkout slower than another one? `python -m bench.paired OTHER`, or `make bench AGAINST=OTHER`.

Runs the quick bench of both in turns, so that what else the machine does meets both alike, and compares each round with
its neighbour. Prints the median of these ratios for each figure (above 1: this one is better, also for latencies) with
the smallest and the largest, and exits 1 when a median is below 0.97. OTHER needs its own `make dev` once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from statistics import median

NOT_SLOWER = 0.97
LESS_IS_BETTER = ("_ms", "billing_growth_ratio")  # ends of names
HERE = Path(__file__).parent.parent

type Figures = dict[str, float]


def main() -> int:
    parser = ArgumentParser(prog="python -m bench.paired", description=__doc__.split("\n")[0])
    parser.add_argument("other", type=Path, help="a checkout to compare with, after its own `make dev`")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs (default 5)")
    given = parser.parse_args()
    if not (given.other / ".venv" / "bin" / "python").exists():
        parser.error(f"{given.other} is no checkout with an environment: `make -C {given.other} dev` first")
    pairs = []
    for number in range(given.rounds):
        order = [given.other.resolve(), HERE]
        found = {}
        for checkout in order if number % 2 == 0 else reversed(order):
            print(f"pair {number + 1} of {given.rounds}: {checkout} …", file=sys.stderr, flush=True)
            found[checkout] = _quick_bench(checkout)
        pairs.append((found[order[0]], found[HERE]))
    compared = ratios(pairs)
    for name, of in compared.items():
        print(f"{name:32} {median(of):>6.3f}  ({min(of):.3f}..{max(of):.3f})")
    slow = slower(compared)
    print(json.dumps({name: round(median(of), 3) for name, of in compared.items()}))
    if slow:
        print(f"slower than {NOT_SLOWER} of before: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


def ratios(pairs: list[tuple[Figures, Figures]]) -> dict[str, list[float]]:
    """For each figure that both sides of a pair (before, after) know: how many times better `after` is, pair by pair."""
    return {
        name: [_better(name, before[name], after[name]) for before, after in pairs]
        for name in pairs[0][0]
        if all(name in figures for pair in pairs for figures in pair)
    }


def slower(compared: dict[str, list[float]]) -> list[str]:
    return [name for name, of in compared.items() if median(of) < NOT_SLOWER]


def _better(name: str, before: float, after: float) -> float:
    return before / after if name.endswith(LESS_IS_BETTER) else after / before


def _quick_bench(checkout: Path) -> Figures:
    run = subprocess.run(
        [".venv/bin/python", "-m", "bench"],
        cwd=checkout,
        env={**os.environ, "QUICK": "1", "ROUNDS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    last = json.loads(run.stdout.splitlines()[-1])
    # Rates of arrival are chosen, not found.
    return {
        name: value
        for name, value in last.items()
        if isinstance(value, int | float) and name != "cores" and not name.endswith("_rate")
    }


if __name__ == "__main__":
    sys.exit(main())
