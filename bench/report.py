"""What a stage measured, and the table that is printed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


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
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def show(best: dict[str, Measured], more: dict[str, float]) -> None:
    """A table with ratios, then the JSON line, with `more` in it."""
    naive, limit = best["naive"].rate, best["insert_limit"].rate
    print(f"{'':24} {'events/s':>9} {'x naive':>8} {'of limit':>9} {'p50 ms':>8} {'p99 ms':>8}  how")
    for name, one in best.items():
        print(
            f"{name:24} {one.rate:>9,} {one.rate / naive:>8.1f} {one.rate / limit:>9.2f}"
            f" {one.percentile_ms(0.5):>8.2f} {one.percentile_ms(0.99):>8.2f}  {one.how}"
        )
    line: dict[str, float] = {name: one.rate for name, one in best.items()} | more
    line["balance_read_p99_ms"] = round(best["balance_read"].percentile_ms(0.99), 2)
    print(json.dumps(line))
