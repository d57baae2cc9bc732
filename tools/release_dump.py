"""`python -m tools.release_dump`: a small database of this version, with data, for the tests of upgrades (OPS-5).

Makes the demo's world with a fraction of its use in a database of its own, and writes it to `tests/upgrades/`. It is made
when nothing is changed any more before a release (docs/releasing.md). `--check` makes nothing: the exit code is 1 where this
version has no day in the changelog, or its dump lacks or is of other migrations than there are now.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import django

from abono import __version__

MOST_BYTES = 300_000
SMALLER = {"brl-500": "brl-100", "brl-250": "brl-100", "usd-100": "usd-20", "usd-50": "usd-20"}
FEWER = 4  # times the use


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.release_dump", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether this version can be tagged")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    django.setup()
    return _check() if given.check else _make()


def _check() -> int:
    from abono.platform.postgres import schema
    from tests.upgrades import dumps

    if __version__ not in dumps.released():
        print(f"CHANGELOG.md does not say on which day {__version__} was released", file=sys.stderr)
        return 1
    if not dumps.file_of(__version__).exists():
        print(f"{__version__} has no dump: python -m tools.release_dump", file=sys.stderr)
        return 1
    had, has = dumps.prints(dumps.read(__version__)), schema.prints()
    if stale := sorted(name for name in had.keys() | has.keys() if had.get(name) != has.get(name)):
        others = schema.some(tuple(stale))
        print(
            f"the dump of {__version__} has another {others}: python -m tools.release_dump", file=sys.stderr
        )
        return 1
    print(f"the dump of {__version__} is of the migrations that there are")
    return 0


def _make() -> int:
    from abono.config.settings import ENV
    from abono.demo.story import ground
    from abono.platform import postgres
    from tests.upgrades import dumps

    if __version__ in dumps.released():
        print(f"{__version__} is released: its dump stays as it is", file=sys.stderr)
        return 1
    with nullcontext(ENV.database_url) if ENV.database_url else postgres.running(ENV.home) as server:
        made = ground.Ground(ground.beside(server, f"abono_dump_{secrets.token_hex(4)}"), Path())
        ground.create(made)
        try:
            _live(made.dsn)
            size = dumps.write(__version__, dumps.make(made.dsn))
        finally:
            ground.drop(made)
    print(f"{dumps.file_of(__version__).relative_to(dumps.ROOT)}: {size:,} bytes")
    return 0 if size <= MOST_BYTES else 1


def _live(dsn: str) -> None:
    from django.conf import settings
    from django.core.management import call_command

    from abono.demo import world
    from abono.demo.cards import Simulator
    from abono.demo.cast import TENANTS
    from abono.platform import clock
    from tests.concurrency.own_database import leading_to
    from tests.stand_ins import start_simulator
    from tests.world import load_catalog

    small = [
        replace(
            tenant,
            package=SMALLER.get(tenant.package, tenant.package),
            shares=tuple(share // FEWER for share in tenant.shares),
            busy=tenant.busy // FEWER,
        )
        for tenant in TENANTS
    ]
    with tempfile.TemporaryDirectory() as folder, start_simulator(Path(folder)) as simulator, leading_to(dsn):
        options = {"base_url": simulator.url, "secret": simulator.secret, "public_url": simulator.url}
        adapter = "abono.gateways.simulator.adapter.SimulatorGateway"
        settings.GATEWAYS = {"simulator": {"adapter": adapter, "options": options}}
        settings.PASSWORD_HASHERS = ["abono.demo.passwords.Quick"]
        call_command("migrate", verbosity=0, interactive=False)
        load_catalog()
        world.make(small, simulator=Simulator(simulator.url, simulator.secret), now=clock.now())


if __name__ == "__main__":
    sys.exit(main())
