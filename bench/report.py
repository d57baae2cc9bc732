"""What a stage measured, and the table that is printed."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from statistics import median

OF_HOLDS = {"lease_single": "http_single", "lease_hot": "http_single_hot"}  # LIC-1: at which rate of a hold


@dataclass(frozen=True)
class Measured:
    """Events that were done in `seconds`; `latencies` are those of calls, in seconds."""

    how: str
    events: int
    seconds: float
    latencies: list[float] = field(repr=False)

    @property
    def rate(self) -> int:
        return round(self.events / self.seconds)

    def percentile_ms(self, part: float) -> float:
        ordered = sorted(self.latencies)
        return round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))], 2)


@dataclass(frozen=True)
class Rounds:
    """One stage, round by round: the median stands for it, the smallest and the largest say how sure it is."""

    found: list[Measured]

    @property
    def rate(self) -> int:
        return round(median(one.rate for one in self.found))

    @property
    def spread(self) -> tuple[int, int]:
        return min(one.rate for one in self.found), max(one.rate for one in self.found)

    def percentile_ms(self, part: float) -> float:
        return round(median(one.percentile_ms(part) for one in self.found), 2)


def show(stages: dict[str, Rounds], more: dict[str, float]) -> None:
    """A table with ratios, then the JSON line, with `more` in it."""
    naive, limit, cores = stages["naive"].rate, stages["insert_limit"].rate, len(os.sched_getaffinity(0))
    print(
        f"{'':24} {'events/s':>9} {'min..max':>17} {'per core':>9} {'x naive':>8} {'of limit':>9}"
        f" {'p50 ms':>8} {'p99 ms':>8}  how"
    )
    for name, one in stages.items():
        print(
            f"{name:24} {one.rate:>9,} {'{:,}..{:,}'.format(*one.spread):>17} {one.rate / cores:>9,.0f}"
            f" {one.rate / naive:>8.1f} {one.rate / limit:>9.2f}"
            f" {one.percentile_ms(0.5):>8.2f} {one.percentile_ms(0.99):>8.2f}  {one.found[0].how}"
        )
    line: dict[str, object] = {**{name: one.rate for name, one in stages.items()}, **more}
    for name in ("balance_read", "entitlements_read"):
        line[f"{name}_p99_ms"] = stages[name].percentile_ms(0.99)
    for name in ("open_loop", "balance_read_open_loop"):
        line[f"{name}_rate"] = line.pop(name)
        line[f"{name}_p50_ms"] = stages[name].percentile_ms(0.5)
        line[f"{name}_p99_ms"] = stages[name].percentile_ms(0.99)
    for name, of in OF_HOLDS.items():
        if name in stages:
            line[f"{name}_of_holds"] = round(stages[name].rate / stages[of].rate, 2)
    line["cores"] = cores
    line["per_core"] = {name: round(one.rate / cores) for name, one in stages.items()}
    line["spread"] = {name: one.spread for name, one in stages.items()}
    print(json.dumps(line))
