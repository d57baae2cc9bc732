"""What the walls cost: `python -m bench.walls`, on this machine's server (docs/adr/0028).

The same statements in one database, in turns: as the owner and as the fast lane's role through its doors, for batches
of three sizes; and of what pages ask, as the owner and as the web's role under its policies. The time is that of the
processor which the server's process took for a statement (/proc/<pid>/schedstat), for the machine may be busy.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from itertools import repeat
from pathlib import Path
from statistics import median

import psycopg

from abono.config.settings import ENV
from abono.domain.metering import hot
from abono.entrypoints.meter import doors
from abono.platform import clock, postgres
from abono.platform.postgres import roles
from abono.platform.postgres.roles import Role
from bench import world

SIZES = {1: 400, 100: 120, 1_000: 40}  # events of a statement, and how many statements of each way
WARM = 12


class Backend:
    """A connection, and what its process has taken of a processor."""

    def __init__(self, url: str, role: Role | None) -> None:
        self.connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        if role is not None:
            self.connection.execute(f"SET ROLE {roles.named(role)}")
        self._spent = Path(f"/proc/{self.connection.info.backend_pid}/schedstat")

    def ns(self) -> int:
        return int(self._spent.read_text().split()[0])

    def cost(self, statement: str, arguments: list[str]) -> int:
        """Nanoseconds of a processor for one statement, its commit included."""
        before = self.ns()
        with self.connection.cursor(binary=True) as cursor:
            cursor.execute(statement, arguments)
            row = cursor.fetchone()
        assert row is not None
        assert set(row[0]) == {1}
        return self.ns() - before


def holds(contracts: world.Contracts, size: int, seed: int) -> tuple[list[str], list[str]]:
    """Arguments of a batch of holds, and of its settlements."""
    texts = [str(one) for one in contracts.ids]
    routes = [hot.what(route) for route in contracts.route_ids]
    places, sends, at = contracts.drawn(size, seed), world.keys(size), clock.now()
    whose = [texts[place] for place in places]
    held = hot.sends(
        whose,
        repeat(at, size),
        sends,
        (routes[place % len(routes)] for place in places),
        repeat("NULL", size),
        repeat(None, size),
    )
    return held, hot.ends(whose, repeat(at, size), sends, repeat(hot.how(1), size))


def main() -> int:
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.database() as url:
        for size, times in SIZES.items():
            contracts = world.fill()
            ways = [
                (Backend(url, None), hot.HOLD, hot.SETTLE),
                (Backend(url, Role.METER), doors.call(hot.HOLD), doors.call(hot.SETTLE)),
            ]
            spent: list[tuple[list[int], list[int]]] = [([], []), ([], [])]
            for turn in range(WARM + times):
                for n in (0, 1) if turn % 2 else (1, 0):
                    backend, hold, settle = ways[n]
                    held, ended = holds(contracts, size, 2 * turn + n)
                    costs = backend.cost(hold.statement, held), backend.cost(settle.statement, ended)
                    if turn >= WARM:
                        for where, cost in zip(spent[n], costs, strict=True):
                            where.append(cost)
            for what, plain, walled in zip(("holds", "settlements"), *spent, strict=True):
                ratios = sorted(after / before for before, after in zip(plain, walled, strict=True))
                print(
                    f"{what:12} {size:>5} a statement: {median(plain) / size / 1000:8.2f} µs an event as the owner,"
                    f" {median(walled) / size / 1000:8.2f} µs through its door; in pairs {median(ratios):.3f}"
                    f" ({ratios[len(ratios) // 4]:.3f}..{ratios[3 * len(ratios) // 4]:.3f})"
                )
            for backend, *_ in ways:
                backend.connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
