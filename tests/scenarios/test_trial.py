"""A trial of the first days (INV-10): nothing is asked for while it lasts, then the fees begin, once, in the same book."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from abono.domain.contracts import actions as signups
from abono.domain.contracts.errors import NotInTrial, TrialDayWrong, TrialTied
from abono.domain.contracts.states import State
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.types import NewCoupon
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import AmountChanged
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance, HoldStatus
from abono.domain.notices.models import Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CYCLE_BEGINS, FEES_BILLED
from abono.domain.settings.trials import TRIAL_DAYS, TRIAL_INTERACTIONS, TRIAL_SENDS, TRIAL_SENDS_PERCENT
from abono.domain.settings.types import Setting
from abono.flows.billing.project import project_invoice
from abono.flows.changes.undo import undo_change
from abono.flows.endings.regret import preview_regret, regret
from abono.flows.quotes import seen
from abono.flows.signup.quote import quote_of
from abono.flows.trials.move import move_trial_end
from tests.books import check_books
from tests.scenarios.paying import card
from tests.scenarios.test_money_in_time import contacts
from tests.work import renew_due
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    PADARIA,
    Tenant,
    accept,
    begin_signup,
    change,
    load_catalog,
    moment,
    quote,
    sign,
    use,
)

JUNE_21, JULY_1 = (datetime.fromisoformat(f"2026-{day}T03:00Z") for day in ("06-21", "07-01"))
FIFTEENTH = datetime.fromisoformat("2026-06-15T03:00Z")  # midnight in São Paulo, after fourteen days
JULY_15 = datetime.fromisoformat("2026-07-15T03:00Z")
FEES = [("plan", 600_00), ("package", 100_00), ("activation", 649_00)]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway", "catalog")]


@pytest.fixture(name="catalog")
def _catalog() -> None:
    load_catalog()


def put(setting: Setting[Any], value: object) -> None:
    set_value(setting=setting, value=value, actor="olga", why="to be tried", now=JUNE_1 - DAY)


def tried(*, days: int = 14, sends: str = "seller", signup_id: UUID | None = None) -> Tenant:
    """Padaria Sol with its trial, from noon of 1 June."""
    put(TRIAL_DAYS, days)
    put(TRIAL_SENDS, sends)
    signed = sign(signup_id=signup_id)
    return Tenant(signed.customer_id, signed.contract_id, {})


def billed(tenant: Tenant, key: str = "cycle:1") -> list[tuple[str, int]]:
    found = invoices.find(tenant.contract_id, key=key)
    assert found is not None
    return [(line.kind.value, line.amount_minor) for line in found.lines]


def projected(tenant: Tenant) -> list[tuple[str, int]]:
    found = project_invoice(contract_id=tenant.contract_id)
    assert found is not None
    return [(line.kind.value, line.amount.minor) for line in found.lines]


def balance(tenant: Tenant, at: datetime = JUNE_1) -> Balance:
    return metering.balance(contract_id=tenant.contract_id, at=at)


@pytest.mark.rule("INV-10", part="trial: default")
def test_without_the_setting_there_is_no_trial() -> None:
    signed = sign()
    found = invoices.find(signed.contract_id, key="first")
    assert found is not None
    assert (found.state, found.total_minor) == (InvoiceState.PAID, 1_349_00)


@pytest.mark.rule("INV-10", part="trial: other")
def test_a_trial_asks_for_nothing_until_its_last_day_is_over_then_for_the_first_month(gateway: Any) -> None:
    padaria = tried()
    contract = padaria.contract
    assert (contract.state, contract.in_trial, contract.trial_until) == (State.ACTIVE, True, FIFTEENTH)
    assert contract.adhesion_date == date(2026, 6, 1)
    assert invoices.list_for_customer(padaria.customer_id) == []
    assert gateway.calls == []
    assert projected(padaria) == FEES

    assert renew_due(now=FIFTEENTH - HOUR) == 0
    assert renew_due(now=FIFTEENTH) == 1
    assert billed(padaria) == FEES
    first = invoices.find(padaria.contract_id, key="cycle:1")
    assert first is not None
    assert (first.state, first.due_date) == (InvoiceState.PAID, date(2026, 6, 15))
    assert {line.period_start for line in first.lines} == {FIFTEENTH}
    contract = padaria.contract
    assert (contract.in_trial, contract.cycle_start, contract.cycle_end) == (False, FIFTEENTH, JULY_15)
    assert renew_due(now=JULY_15) == 1
    assert billed(padaria, "cycle:2") == FEES[:2]
    assert check_books() == []


@pytest.mark.parametrize(
    ("sends", "value", "most", "asked"),
    [
        ("seller", 10, 18, []),  # 10 % of the package are 10.00: 18 sends at 0.55, and no more
        ("package", 100, 363, [("overage", 99_65)]),  # 199.65 of 200.00, of which the package bears 100.00
        ("customer", 0, 363, [("overage", 199_65)]),
    ],
)
@pytest.mark.rule("INV-10", part="trial: other")
def test_who_bears_the_sends_of_a_trial_is_set(
    sends: str, value: int, most: int, asked: list[object]
) -> None:
    padaria = tried(sends=sends)
    assert balance(padaria).value_micro == value * 1_000_000
    answers = use(padaria.contract_id, 400)
    assert sum(answer.status.granted for answer in answers) == most
    assert answers[-1].status is HoldStatus.BLOCKED
    assert projected(padaria) == [*FEES, *asked]
    renew_due(now=FIFTEENTH)
    assert billed(padaria) == [*FEES, *asked]
    assert balance(padaria, FIFTEENTH).value_micro == 100_000_000
    assert check_books() == []


def test_how_much_the_seller_bears_is_set_and_a_bigger_package_has_more_of_it() -> None:
    put(TRIAL_SENDS_PERCENT, 25)
    padaria = tried()
    assert balance(padaria).ceiling_micro == 25_000_000
    change(padaria, package="brl-250", now=JUNE_1 + HOUR)
    assert (balance(padaria).value_micro, balance(padaria).ceiling_micro) == (62_500_000, 62_500_000)


@pytest.mark.parametrize(("counts", "asked"), [("count", [("extra_interactions", 6_00)]), ("free", [])])
@pytest.mark.rule("INV-10", part="trial: other")
def test_what_counts_of_the_interactions_is_set(counts: str, asked: list[object]) -> None:
    put(TRIAL_INTERACTIONS, counts)
    padaria = tried()
    contacts(padaria, 502, at=JUNE_1 + HOUR)
    assert projected(padaria)[len(FEES) :] == asked
    renew_due(now=FIFTEENTH)
    assert billed(padaria)[len(FEES) :] == asked


def test_fees_that_are_billed_afterwards_come_a_month_after_the_trial() -> None:
    put(FEES_BILLED, "afterwards")
    padaria = tried()
    renew_due(now=FIFTEENTH)
    assert billed(padaria) == FEES[2:]
    renew_due(now=JULY_15)
    assert billed(padaria, "cycle:2") == FEES[:2]


def test_a_change_within_the_trial_costs_nothing_today_and_is_billed_when_it_ends() -> None:
    padaria = tried()
    up = quote(padaria, plan="professional", package="brl-250", licences=2, now=JUNE_1 + HOUR)
    shown = seen.find(up).quote
    assert (shown.today.minor, shown.lines) == (0, ())
    accept(padaria, up, now=JUNE_1 + HOUR)
    after = [("plan", 3_900_00), ("package", 250_00), ("extra_licences", 220_00), ("activation", 3_999_00)]
    assert shown.next_invoice.minor == sum(minor for _kind, minor in after)
    assert projected(padaria) == after
    undo_change(change_id=up, customer_id=padaria.customer_id, actor="ana", now=JUNE_1 + 90 * HOUR / 60)
    assert projected(padaria) == FEES
    change(padaria, plan="starter", now=FIFTEENTH - HOUR)
    renew_due(now=FIFTEENTH)
    assert billed(padaria) == [("plan", 0), ("package", 100_00), ("activation", 649_00)]
    assert check_books() == []


def test_a_coupon_takes_its_share_off_the_first_cycle_with_fees() -> None:
    coupons.make(
        NewCoupon(code="sol10", rate_micro=100_000, amounts=None, cycles=1),
        why="spring",
        actor="olga",
        now=JUNE_1 - DAY,
    )
    put(TRIAL_DAYS, 14)
    signup_id = begin_signup()
    typed = {"coupon": "sol10", "country": "BR", "tax_id": PADARIA.tax_id}
    signups.save_typed(
        signup_id=signup_id,
        typed=typed,
        plan_code="specialist",
        package_code="brl-100",
        interval="month",
        currency="BRL",
    )
    padaria = tried(signup_id=signup_id)
    off = [("plan_discount", -60_00), ("package_discount", -10_00)]
    assert projected(padaria) == [*FEES[:2], *off, FEES[2]]
    renew_due(now=FIFTEENTH)
    assert billed(padaria) == [*FEES[:2], *off, FEES[2]]
    renew_due(now=JULY_15)
    assert billed(padaria, "cycle:2") == FEES[:2]


def test_whoever_gives_it_back_within_the_trial_pays_nothing_and_service_ends() -> None:
    padaria = tried(days=30, sends="customer")
    use(padaria.contract_id, 20)
    late = JUNE_1 + 20 * DAY  # more than the seven days of CON-10
    assert preview_regret(contract_id=padaria.contract_id, now=late).goes_back == ()
    regret(contract_id=padaria.contract_id, actor="ana", moment=moment(late))
    assert padaria.contract.state is State.ENDED
    assert renew_due(now=JUNE_1 + 90 * DAY) == 0
    assert invoices.list_for_customer(padaria.customer_id) == []
    assert check_books() == []


def test_a_card_that_is_declined_at_the_end_leaves_the_first_invoice_open() -> None:
    padaria = tried()
    card(padaria, "decline:balance", now=JUNE_1 + HOUR)
    renew_due(now=FIFTEENTH)
    first = invoices.find(padaria.contract_id, key="cycle:1")
    assert first is not None
    assert (first.state, padaria.contract.state) == (InvoiceState.PENDING, State.ACTIVE)


@pytest.mark.rule("INV-10", part="trial: other")
def test_an_organization_has_one_trial_and_whoever_had_a_contract_has_none() -> None:
    padaria = tried()
    regret(contract_id=padaria.contract_id, actor="ana", moment=moment(JUNE_1 + DAY))
    again = sign(now=JUNE_1 + 2 * DAY)
    first = invoices.find(again.contract_id, key="first")
    assert first is not None
    assert first.total_minor == 1_349_00


def test_of_two_orders_at_once_one_has_the_trial_and_the_other_sees_its_price_first() -> None:
    put(TRIAL_DAYS, 14)
    late = begin_signup()
    accepted = quote_of(signups.read_signup(late), now=JUNE_1).fingerprint  # before it is known who contracts
    tried()
    with pytest.raises(AmountChanged):
        sign(signup_id=late, accepted=accepted)


def test_after_a_trial_the_rest_of_the_calendar_month_is_billed_where_cycles_begin_with_it() -> None:
    put(CYCLE_BEGINS, "month")
    padaria = tried()
    part = [("plan", 320_00), ("package", 53_33), ("activation", 649_00)]  # 16 of 30 days
    assert projected(padaria) == part
    shown = seen.find(quote(padaria, plan="expert", now=JUNE_1 + HOUR)).quote
    assert shown.next_invoice.minor == 960_00 + 53_33 + 649_00
    renew_due(now=FIFTEENTH)
    assert billed(padaria) == part
    assert balance(padaria, FIFTEENTH).value_micro == 53_330_000
    renew_due(now=JULY_1)
    assert billed(padaria, "cycle:2") == FEES[:2]
    assert check_books() == []


def test_the_seller_lets_a_trial_end_later_or_at_midnight_with_a_reason() -> None:
    padaria = tried()
    move = partial(
        move_trial_end, contract_id=padaria.contract_id, why="The import took longer.", actor="olga"
    )
    assert move(last=date(2026, 6, 30), now=JUNE_1 + HOUR) == JULY_1
    assert padaria.contract.trial_until == JULY_1
    assert renew_due(now=FIFTEENTH + DAY) == 0
    use(padaria.contract_id, 1, at=FIFTEENTH + DAY)
    assert (
        move(last=date(2026, 6, 20), now=FIFTEENTH + 5 * DAY + HOUR) == JUNE_21
    )  # at midnight of this very day
    assert [told.facts["why"] for told in told_of(padaria, "trial_moved")] == ["The import took longer."] * 2
    renew_due(now=JUNE_21)
    assert billed(padaria) == FEES
    assert padaria.contract.cycle_end == datetime.fromisoformat("2026-07-21T03:00Z")
    assert check_books() == []


def test_an_end_cannot_be_moved_beyond_its_bounds_nor_under_what_is_promised_for_it() -> None:
    padaria = tried()
    move = partial(move_trial_end, contract_id=padaria.contract_id, why="why", actor="olga", now=JUNE_1 + DAY)
    for day in (date(2026, 6, 1), date(2027, 6, 2)):
        with pytest.raises(TrialDayWrong):
            move(last=day)
    change(padaria, plan="starter", now=JUNE_1 + HOUR)
    with pytest.raises(TrialTied):
        move(last=date(2026, 6, 20))
    assert padaria.contract.trial_until == FIFTEENTH
    renew_due(now=FIFTEENTH)
    with pytest.raises(NotInTrial):
        move(last=date(2026, 6, 20), now=FIFTEENTH)


def test_a_trial_is_told_of_when_it_begins_three_days_before_its_end_and_at_its_end() -> None:
    padaria = tried()
    [begun] = told_of(padaria, "contract_active")
    assert (begun.facts["trial_last_date"], begun.facts["fees_begin_date"]) == ("2026-06-14", "2026-06-15")
    renew_due(now=FIFTEENTH - 3 * DAY - HOUR)
    assert told_of(padaria, "trial_ends") == []
    renew_due(now=FIFTEENTH - 3 * DAY)
    [soon] = told_of(padaria, "trial_ends")
    assert soon.facts["total_minor"] == 1_349_00
    renew_due(now=FIFTEENTH)
    assert len(told_of(padaria, "trial_ended")) == 1
    assert told_of(padaria, "package_expired") == []


def told_of(padaria: Tenant, kind: str) -> list[Notice]:
    return list(Notice.objects.filter(customer_id=padaria.customer_id, kind=kind))
