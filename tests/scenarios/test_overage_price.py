"""What sends beyond the package cost: a setting of the seller, a plan or a contract, for cycles that open from then on (LIM-1)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.domain.metering import queries as metering
from abono.domain.settings.actions import set_value
from abono.domain.settings.errors import ValueNotAllowed
from abono.domain.settings.known import OVERAGE_PRICE_PERCENT
from abono.domain.settings.types import SELLER, Whose
from abono.flows.billing.project import project_invoice
from abono.flows.billing.renew import renew
from abono.flows.limits.interim import issue_interim
from abono.kernel.rating import overage_price
from tests import sql
from tests.books import check_books
from tests.world import DAY, JUNE_1, Tenant, make_padaria, use

JULY_1 = datetime.fromisoformat("2026-07-01T03:00:00+00:00")  # midnight in São Paulo: the second cycle
AUGUST_1 = datetime.fromisoformat("2026-08-01T03:00:00+00:00")


def _set(percent: object, whose: Whose = SELLER, now: datetime = JUNE_1) -> None:
    set_value(
        setting=OVERAGE_PRICE_PERCENT,
        value=percent,
        whose=whose,
        actor="person:olga",
        why="agreed",
        now=now,
    )


def _billed(padaria: Tenant, at: datetime) -> int:
    """What the invoice of a renewal takes for overage, in cents."""
    invoice_id = renew(contract_id=padaria.contract_id, now=at)
    lines = InvoiceLine.objects.filter(invoice_id=invoice_id, kind="overage")
    return sum(line.amount_minor for line in lines)


@pytest.mark.rule("LIM-1", part="overage price: default")
def test_what_nobody_set_costs_as_much_as_inside_the_package() -> None:
    padaria = make_padaria()
    use(padaria.contract_id, 200)  # 200 x 0.55 = 110.00 of 100.00
    assert _billed(padaria, JULY_1) == 10_00


@pytest.mark.rule("LIM-1", part="overage price: other")
@pytest.mark.parametrize("whose", ["seller", "plan", "contract"])
def test_beyond_the_package_each_send_costs_the_share_that_is_set(whose: str) -> None:
    if whose == "seller":
        _set(150)
    elif whose == "plan":
        _set(80)
        _set(150, Whose("specialist"))
    padaria = make_padaria(now=JUNE_1 + DAY)
    if whose == "contract":
        _set(80, Whose("specialist"), now=JUNE_1 + 2 * DAY)
        _set(150, Whose("specialist", padaria.contract_id), now=JUNE_1 + 2 * DAY)
        renew(contract_id=padaria.contract_id, now=JULY_1 + DAY)
    start = padaria.contract.cycle_start
    assert start is not None
    use(padaria.contract_id, 201, at=start + DAY)  # 110.55 of 100.00, as far as the limit goes
    balance = metering.balance(contract_id=padaria.contract_id, at=start + DAY)
    assert balance.overage_micro == 10_550_000
    assert balance.overage_price_micro == 15_825_000  # 10.55 x 150 % = 15.825
    coming = project_invoice(contract_id=padaria.contract_id)
    assert coming is not None
    assert coming.use_total.minor == 15_83  # half a cent goes up, once
    assert padaria.contract.overage_price_percent == 150
    end = padaria.contract.cycle_end
    assert end is not None
    assert _billed(padaria, end) == 15_83
    assert check_books() == []


@pytest.mark.rule("LIM-1", part="overage price: other")
def test_a_change_is_for_the_next_cycle_and_leaves_the_running_one() -> None:
    padaria = make_padaria()
    _set(50, now=JUNE_1 + DAY)
    use(padaria.contract_id, 200, at=JUNE_1 + 2 * DAY)
    assert padaria.contract.overage_price_percent == 100
    assert _billed(padaria, JULY_1) == 10_00
    use(padaria.contract_id, 200, at=JULY_1 + DAY)
    assert padaria.contract.overage_price_percent == 50
    assert _billed(padaria, AUGUST_1) == 5_00


@pytest.mark.rule("LIM-1", part="overage price: other")
@pytest.mark.rule("INV-3", part="one rounding")
def test_the_interim_invoice_and_the_rest_add_up_to_the_whole() -> None:
    _set(150, now=JUNE_1 - DAY)
    padaria = make_padaria(now=JUNE_1)
    use(padaria.contract_id, 364)  # 363 x 0.55 = 199.65 fit; the next one blocks
    invoice_id = issue_interim(
        contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=JUNE_1 + DAY
    )
    assert Invoice.objects.get(id=invoice_id).total_minor == 149_48  # 99.65 x 150 % = 149.475
    assert check_books() == []


@pytest.mark.rule("LIM-1", part="overage price: other")
def test_at_no_price_nothing_is_billed_and_the_limit_still_holds() -> None:
    _set(0, now=JUNE_1 - DAY)
    padaria = make_padaria(now=JUNE_1)
    answers = use(padaria.contract_id, 364)
    assert [answer.status.granted for answer in answers] == [True] * 363 + [False]
    assert _billed(padaria, JULY_1) == 0


@pytest.mark.parametrize("wrong", [-1, 1_001, "much"])
def test_a_price_that_is_no_percent_is_refused_and_nothing_is_set(wrong: object) -> None:
    with pytest.raises(ValueNotAllowed):
        _set(wrong)
    assert make_padaria().contract.overage_price_percent == 100


def test_a_price_of_four_decimals_is_exact_at_any_percent() -> None:
    assert overage_price(46_300, 33) == 15_279  # 0.0463 x 33 % = 0.015279
    assert overage_price(46_300, 1_000) == 463_000


@pytest.mark.rule("OPS-2", part="proves the books")
def test_overage_that_was_billed_above_its_price_is_found() -> None:
    _set(50, now=JUNE_1 - DAY)
    padaria = make_padaria(now=JUNE_1)
    use(padaria.contract_id, 200)
    assert _billed(padaria, JULY_1) == 5_00
    sql.run("UPDATE metering_cycle SET overage_percent = 40")
    [finding] = check_books()
    assert (finding.booked, finding.proven) == ("500", "400")
