"""How long a change of plan takes its customer: what it would be, and its acceptance (`python -m bench.changes`; CHG-1).

Contracts are made as the site makes them; each goes up twice, takes a bigger package and goes down again. The gateway is
one in memory that answers at once, so that none of its time is counted. The last line is JSON, in milliseconds; `cpu` is
the time of processors of our own process, which says more than the clock where others work on the machine.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter, process_time

from django.conf import settings
from stdnum.br import cnpj

from abono.config.settings import ENV
from abono.domain.catalog import actions as catalog
from abono.domain.catalog import reader
from abono.domain.payments import registry
from abono.flows.changes.accept import accept_change
from abono.flows.changes.ask import make_quote
from abono.flows.check_books import check_books
from abono.flows.signup.sign import Administrator
from abono.kernel.moment import Moment
from abono.platform import clock, postgres
from bench import world
from bench.report import Measured
from tests.world import CATALOG, CATALOG_FROM, PADARIA, sign

type _Took = tuple[float, float]  # in seconds: by the clock, and of processors
CONTRACTS, WARM = 60, 5
STEPS = (
    ("expert", "brl-100"),
    ("professional", "brl-100"),
    ("professional", "brl-250"),
    ("specialist", "brl-250"),
)


def changes(*, contracts: int = CONTRACTS) -> dict[str, float]:
    """p50 and p99 of a preview and of an acceptance, and their p50 of processors, in a database that `world.empty` made."""
    settings.GATEWAYS = {"simulator": {"adapter": "tests.fakes.FakeGateway", "options": {}}}
    registry.gateway.cache_clear()
    catalog.apply(catalog=reader.read(CATALOG), actor="bench", now=CATALOG_FROM)
    signed_at = clock.now() - timedelta(days=10)
    previews: list[_Took] = []
    accepts: list[_Took] = []
    for number in range(WARM + contracts):
        previewed, accepted = _one(number, signed_at)
        if number >= WARM:  # what a process looks up once
            previews += previewed
            accepts += accepted
    wrong = check_books()
    if wrong:
        raise SystemExit(f"the books are wrong: {wrong[:3]}")
    figures: dict[str, float] = {}
    for name, took in {"preview": previews, "accept": accepts}.items():
        clocks, processors = ([one[n] for one in took] for n in (0, 1))
        measured = Measured(name, len(clocks), sum(clocks), clocks)
        for part in (50, 99):
            figures[f"change_{name}_p{part}_ms"] = measured.percentile_ms(part / 100)
        figures[f"change_{name}_cpu_p50_ms"] = round(1000 * median(processors), 2)
    return figures


def _one(number: int, signed_at: datetime) -> tuple[list[_Took], list[_Took]]:
    """What each preview and each acceptance of one contract took."""
    base = f"{10_000_000 + number:08d}0001"
    name = f"Cliente {number}"
    customer = replace(PADARIA, legal_name=name, tax_id=base + cnpj.calc_check_digits(base))
    signed = sign(
        customer=customer, administrator=Administrator("Ana", f"ana{number}@bench.example"), now=signed_at
    )
    previews, accepts = [], []
    for plan, package in STEPS:
        moment = Moment(clock.now(), clock.now())
        began = _now()
        seen = make_quote(
            contract_id=signed.contract_id,
            customer_id=signed.customer_id,
            plan_code=plan,
            package_code=package,
            actor="bench",
            moment=moment,
        )
        previewed = _now()
        accept_change(change_id=seen.id, customer_id=signed.customer_id, actor="bench", moment=moment)
        previews.append(_since(began, previewed))
        accepts.append(_since(previewed, _now()))
    return previews, accepts


def _now() -> _Took:
    return perf_counter(), process_time()


def _since(began: _Took, ended: _Took) -> _Took:
    return ended[0] - began[0], ended[1] - began[1]


def main() -> int:
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.empty():
        print(json.dumps(changes()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
