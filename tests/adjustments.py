"""A contract whose price is old enough to be adjusted, and an index to adjust it by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from abono.domain.adjustments import queries as adjustments
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.flows.adjustments.months import write_months
from abono.flows.adjustments.preview import preview_adjustment
from abono.flows.billing.renew import renew
from abono.kernel.periods import add_months
from abono.platform import clock
from tests.remembered import lately, remembered
from tests.world import Tenant, make_padaria

# The contract is of 1 June 2026 at 600 and 100 reais: its price may rise on 1 June 2027, told on 2 May at the latest.
APRIL_20 = datetime.fromisoformat("2027-04-20T15:00:00+00:00")
TWELVE = ("0.26", "0.24", "-0.11", "0.48", "0.09", "0.18", "0.33", "0.16", "0.70", "0.56", "0.43", "0.41")
APRIL = date(2026, 4, 1)


@remembered
def nearly_a_year() -> Tenant:
    """Padaria Sol on 20 April 2027; the index IPCA is known up to March."""
    padaria = make_padaria()
    renewed(padaria, APRIL_20)
    ipca()
    return padaria


def ipca(percents: Iterable[str] = TWELVE, *, first: date = APRIL, now: datetime = APRIL_20) -> int:
    """How many values are new."""
    values = {add_months(first, n): Decimal(one) for n, one in enumerate(percents)}
    return write_months(code="IPCA", name="IPCA", values=values, actor="olga", now=now)[1]


def renewed(tenant: Tenant, until: datetime) -> object:
    """Renew up to a moment. Returns the last invoice's id."""
    last = None
    while (end := tenant.contract.cycle_end) is not None and end <= until:
        last = renew(contract_id=tenant.contract_id, now=end)
    return last


def lately_known() -> UUID:
    """The id of IPCA, known for the thirteen months up to this one by the machine's clock, at a percent each: twelve up to
    the one before where the price of somebody, whose month has not turned yet, may rise in this one."""
    first = add_months(clock.now().date().replace(day=1), -12)
    ipca(("1",) * 13, first=first, now=clock.now())
    return adjustments.index("IPCA").id


def adjusting(padaria: Tenant) -> UUID:
    """A preview of Padaria Sol's adjustment by the machine's clock: prices may rise as soon as it is told."""
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=lately())
    lately_known()
    return preview_adjustment(
        index="IPCA",
        currency="BRL",
        until=clock.now().date() + timedelta(days=90),
        contract_ids=[padaria.contract_id],
        actor="olga",
        now=clock.now(),
    )
