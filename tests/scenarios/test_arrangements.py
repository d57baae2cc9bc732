"""One contract at prices of its own, and with add-ons: the book of fees says the same everywhere (CAT-11, CAT-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from abono.domain.contracts import arrangements, changes
from abono.domain.contracts.errors import (
    AlreadyArranged,
    ArrangementOver,
    ArrangementWrong,
    NoSuchArrangement,
    PriceKept,
)
from abono.domain.contracts.models import Arrangement
from abono.domain.contracts.states import Arranged
from abono.domain.invoicing.models import InvoiceLine
from abono.domain.notices.queries import list_for
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.flows.arrangements.arrange import Asked, arrange, end, preview_arranged, preview_end
from abono.flows.billing.project import project_invoice
from abono.flows.billing.renew import renew
from abono.flows.quotes.seen import seen_of
from abono.kernel.ids import uuid7
from abono.platform.models import Event
from tests.books import check_books
from tests.scenarios.test_moved_versions import AUGUST_1, JULY_1, _talk
from tests.scenarios.years import a_year, sell_by_the_year
from tests.world import DAY, HOUR, JUNE_1, Tenant, change, make_padaria, quote

JUNE_10 = JUNE_1 + 9 * DAY
SEPTEMBER_1 = datetime.fromisoformat("2026-09-01T03:00:00+00:00")
CHEAPER = Asked(Arranged.PLAN, 500_000_000, since=date(2026, 7, 1), why="Agreed on 8 June")
ADDED = Asked(
    Arranged.ADD_ON, 150_000_000, since=date(2026, 6, 11), why="Trains the team", name="Training", quantity=2
)


@pytest.fixture
def padaria(gateway: object) -> Tenant:
    return make_padaria()


def arranged(padaria: Tenant, asked: Asked, *, now: datetime = JUNE_10) -> UUID:
    return arrange(contract_id=padaria.contract_id, asked=asked, actor="person:olga", now=now)


def ended(padaria: Tenant, key: UUID, last: date, *, now: datetime = JUNE_10) -> UUID:
    told = {"why": "Over", "actor": "person:olga"}
    return end(contract_id=padaria.contract_id, arrangement_id=key, last=last, now=now, **told)


def renewed(padaria: Tenant, at: datetime) -> list[tuple[str, str, int, int]]:
    """The fees that were invoiced, after the projection said the same."""
    said = project_invoice(contract_id=padaria.contract_id)
    invoice_id = renew(contract_id=padaria.contract_id, now=at)
    lines = InvoiceLine.objects.filter(invoice_id=invoice_id).order_by("position")
    found = [(one.kind, one.name, one.quantity, one.amount_minor) for one in lines]
    assert said is not None
    assert [(one.kind.value, one.name, one.quantity, one.amount.minor) for one in said.lines] == found
    return found


PLAN, PACKAGE = ("plan", "Specialist", 1, 600_00), ("package", "brl-100", 1, 100_00)


@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.rule("CAT-11", part="dates and reason")
@pytest.mark.rule("CHG-10")
def test_a_price_of_its_own_holds_for_the_cycles_between_its_dates_and_says_so(padaria: Tenant) -> None:
    asked = replace(CHEAPER, until=date(2026, 8, 1))
    seen = preview_arranged(contract_id=padaria.contract_id, asked=asked, now=JUNE_10).invoice
    assert not Arrangement.objects.exists()  # looking keeps nothing
    key = arranged(padaria, asked)
    assert seen.before is not None
    assert seen.after is not None
    assert (seen.before.total.minor, seen.after.total.minor) == (700_00, 600_00)  # 600 + 100; 500 + 100
    for day in (JULY_1, AUGUST_1):
        assert renewed(padaria, day) == [("plan", "Specialist", 1, 500_00), PACKAGE]
    line = InvoiceLine.objects.filter(kind="plan", amount_minor=500_00).first()
    assert line is not None
    assert (line.calculation["fee_minor"], line.calculation["of"]) == (500_00, 0)
    assert renewed(padaria, SEPTEMBER_1) == [PLAN, PACKAGE]
    [event] = Event.objects.filter(name="contract.arranged")
    assert (event.actor, event.why, event.data["price_micro"]) == (
        "person:olga",
        "Agreed on 8 June",
        500_000_000,
    )
    [told] = [one for one in list_for(padaria.customer_id, "en") if one.kind == "arranged"]
    assert "For your contract software plan Specialist costs R$500.00 a month" in " ".join(told.wording.body)
    assert check_books() == []
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Arrangement.objects.filter(id=key).update(price_micro=1)


@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.rule("CHG-1")
def test_each_fixed_fee_and_the_extra_interaction_can_have_one_and_a_change_reckons_with_them(
    padaria: Tenant,
) -> None:
    for kind, price in (
        (Arranged.PLAN, 300_000_000),
        (Arranged.PACKAGE, 80_000_000),
        (Arranged.EXTRA_INTERACTION, 1_255_000),
    ):
        arranged(padaria, replace(CHEAPER, kind=kind, price_micro=price))
    assert renewed(padaria, JULY_1)[:2] == [
        ("plan", "Specialist", 1, 300_00),
        ("package", "brl-100", 1, 80_00),
    ]
    _talk(padaria, 502, JULY_1 + HOUR)  # two beyond the 500
    # On the first day all is left: 300.00 go back, 1,800.00 are added; 250.00 - 80.00 are the raise.
    before = project_invoice(contract_id=padaria.contract_id)
    assert before is not None
    assert before.use_total.minor == 2_51
    change(padaria, plan="expert", package="brl-250", now=JULY_1 + 2 * HOUR)
    lines = InvoiceLine.objects.filter(invoice__reason="change").order_by("position")
    assert [(one.kind, one.amount_minor) for one in lines] == [
        ("plan_unused", -300_00),
        ("plan", 1_800_00),
        ("package_raise", 170_00),
    ]
    # The prices were of what the contract had: what it has now costs what the catalog says.
    assert renewed(padaria, AUGUST_1)[:2] == [
        ("plan", "Expert", 1, 1_800_00),
        ("package", "brl-250", 1, 250_00),
    ]
    assert check_books() == []


@pytest.mark.rule("CAT-11", part="add-ons")
def test_an_add_on_is_a_line_of_its_own_once_or_with_each_cycle_until_it_ends(padaria: Tenant) -> None:
    arranged(padaria, replace(ADDED, once=True))
    key = arranged(padaria, replace(ADDED, name="Support", quantity=1, price_micro=90_500_000))
    training, support = ("add_on", "Training", 2, 300_00), ("add_on", "Support", 1, 90_50)
    assert renewed(padaria, JULY_1) == [PLAN, PACKAGE, support, training]
    assert renewed(padaria, AUGUST_1) == [PLAN, PACKAGE, support]
    seen = preview_end(
        contract_id=padaria.contract_id,
        arrangement_id=key,
        last=date(2026, 8, 2),
        why="Over",
        now=AUGUST_1 + DAY,
    ).invoice
    assert seen.before is not None
    assert seen.after is not None
    assert (seen.before.total.minor, seen.after.total.minor) == (790_50, 700_00)
    ended(padaria, key, date(2026, 8, 2), now=AUGUST_1 + DAY)
    assert renewed(padaria, SEPTEMBER_1) == [PLAN, PACKAGE]
    with pytest.raises(ArrangementOver):
        ended(padaria, key, date(2026, 9, 5), now=SEPTEMBER_1 + DAY)
    known = arrangements.known_at(padaria.contract_id, AUGUST_1 + HOUR)
    assert [(one.of, one.until) for one in known] == [("Support", None)]  # as it was known then
    assert arrangements.known_at(padaria.contract_id, SEPTEMBER_1) == []


@pytest.mark.rule("CAT-11", part="add-ons")
@pytest.mark.rule("CHG-1")
def test_a_quote_of_a_change_says_the_next_invoice_with_add_ons_and_prices_that_begin_then(
    padaria: Tenant,
) -> None:
    arranged(padaria, replace(ADDED, price_micro=100_000_000))
    arranged(padaria, CHEAPER)
    seen = seen_of(changes.get(quote(padaria, package="brl-250", now=JUNE_10)))
    assert seen.quote.next_invoice.minor == 500_00 + 250_00 + 200_00


@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("price", replace(CHEAPER, price_micro=-10_000)),
        ("price", replace(CHEAPER, price_micro=1)),  # less than a cent
        ("since", replace(CHEAPER, since=date(2026, 6, 10))),  # not later than today
        ("until", replace(CHEAPER, until=date(2026, 6, 30))),
        ("why", replace(CHEAPER, why=" ")),
        ("once", replace(CHEAPER, once=True)),
        ("name", replace(ADDED, name="")),
        ("name", replace(ADDED, name="x" * 61)),
        ("quantity", replace(ADDED, quantity=0)),
    ],
)
def test_what_cannot_be_arranged_is_refused_and_nothing_is_kept(
    padaria: Tenant, field: str, asked: Asked
) -> None:
    with pytest.raises(ArrangementWrong) as no:
        arranged(padaria, asked)
    assert no.value.field == field
    assert not Arrangement.objects.exists()


@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.rule("CAT-13", part="twelve months: default")
def test_two_prices_for_one_thing_and_a_rise_before_its_time_are_refused(padaria: Tenant) -> None:
    key = arranged(padaria, CHEAPER)
    with pytest.raises(AlreadyArranged):
        arranged(padaria, replace(CHEAPER, since=date(2026, 12, 1)))
    with pytest.raises(NoSuchArrangement):
        ended(padaria, uuid7(), date(2026, 7, 1))
    dearer = replace(CHEAPER, kind=Arranged.PACKAGE, price_micro=100_010_000, since=date(2027, 5, 31))
    with pytest.raises(PriceKept) as no:
        arranged(padaria, dearer)
    assert no.value.day == "2027-06-01"
    arranged(padaria, replace(dearer, since=date(2027, 6, 1)))
    renewed(padaria, JULY_1)
    with pytest.raises(PriceKept):  # its end makes the plan dearer: it is kept for twelve months as well
        ended(padaria, key, date(2026, 7, 30), now=JULY_1 + HOUR)
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=JULY_1 + HOUR)
    with pytest.raises(PriceKept):  # and told thirty days before
        ended(padaria, key, date(2026, 7, 29), now=JULY_1 + HOUR)
    ended(padaria, key, date(2026, 7, 30), now=JULY_1 + HOUR)
    assert renewed(padaria, AUGUST_1) == [PLAN, PACKAGE]


@pytest.mark.rule("CAT-11", part="own prices")
def test_the_price_of_a_month_that_lapses_with_the_month_says_so(padaria: Tenant) -> None:
    sell_by_the_year()
    arranged(padaria, CHEAPER)
    assert renewed(padaria, JULY_1) == [("plan", "Specialist", 1, 500_00), PACKAGE]
    change(padaria, interval="year", now=JULY_1 + HOUR)
    [before] = arrangements.of_contract(padaria.contract_id)
    assert not before.lapsed
    assert renewed(padaria, AUGUST_1) == [("plan", "Specialist", 1, 6_000_00), PACKAGE]
    [now] = arrangements.of_contract(padaria.contract_id)
    [then] = arrangements.known_at(padaria.contract_id, JULY_1 + HOUR / 2)
    assert (now.lapsed, then.lapsed) == (True, False)


@pytest.mark.rule("CAT-11", part="own prices")
def test_of_a_plan_that_is_paid_for_by_the_year_the_price_of_a_year_is_told(gateway: object) -> None:
    yearly = a_year()
    arranged(yearly, replace(CHEAPER, price_micro=5_000_000_000))
    [told] = [one for one in list_for(yearly.customer_id, "en") if one.kind == "arranged"]
    assert told.wording.body == (
        "For your contract software plan Specialist costs R$5,000.00 a year, for paid years that begin from 1 July 2026 on.",
    )
