"""Taxes (INV-7): on top and inside, through order, change, undo, renewal, credit notes; as dated as what they are on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abono.domain.contracts.errors import QuoteStale
from abono.domain.coupons.types import Discount
from abono.domain.customers.rules import is_person
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import AboveTheInvoice
from abono.domain.invoicing.labels import coded, explanation
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import LineCredit
from abono.domain.settings.actions import set_value
from abono.domain.settings.errors import NotForThePast, ValueNotAllowed
from abono.domain.settings.known import FISCAL_CODES, TAXES
from abono.flows.billing.project import project_invoice
from abono.flows.billing.renew import renew
from abono.flows.changes.undo import undo_change
from abono.flows.charges import fees
from abono.flows.charges.held import Held
from abono.flows.charges.paid_for import PaidFor, Part, in_full
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.quotes import seen
from abono.flows.signup.quote import combine
from abono.kernel.periods import Period, cycle
from tests.books import check_books
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    Tenant,
    accept,
    begin_signup,
    load_catalog,
    make_padaria,
    quote,
    sign,
)

JULY_1 = datetime.fromisoformat("2026-07-01T03:00Z")
BEFORE = JUNE_1 - 30 * DAY
ISS = {"name": "ISS", "country": "BR", "fiscal_type": "licensing", "percent": "5", "way": "on_top"}
PIS = {"name": "PIS", "country": "BR", "fiscal_type": "sva", "percent": "9.25", "way": "on_top"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalog(gateway: object) -> None:
    load_catalog()


def kept(*rates: dict[str, Any], now: datetime = BEFORE) -> None:
    set_value(setting=TAXES, value=list(rates), actor="olga", why="a law", now=now)


def lines(tenant: Tenant, key: str) -> list[tuple[str, int]]:
    found = invoices.find(tenant.contract_id, key=key)
    assert found is not None
    assert sum(line.amount_minor for line in found.lines) == found.total_minor >= 0
    return [(line.kind.value, line.amount_minor) for line in found.lines]


@pytest.mark.rule("INV-7", part="inside or on top")
def test_nothing_ships_and_what_is_on_top_stands_on_every_invoice_a_line_for_each_rate() -> None:
    kept(ISS, PIS, {**ISS, "name": "for persons", "buyer": "person"}, {**ISS, "country": "CO"})
    padaria = make_padaria()
    assert lines(padaria, "first") == [
        ("plan", 600_00),
        ("package", 100_00),
        ("activation", 649_00),
        ("tax", 62_45),  # 5 % of 1,249.00
        ("tax", 9_25),
    ]
    first = invoices.find(padaria.contract_id, key="first")
    assert first is not None
    assert explanation(first.lines[3], "BRL", "en") == "5% of R$1,249.00 = R$62.45"
    projected = project_invoice(contract_id=padaria.contract_id)
    assert projected is not None
    renew(contract_id=padaria.contract_id, now=JULY_1)
    assert lines(padaria, "cycle:1")[2:] == [("tax", 30_00), ("tax", 9_25)]
    assert projected.total.minor == 739_25
    assert check_books() == []


@pytest.mark.rule("INV-7", part="dated rates")
def test_a_change_has_the_rate_of_its_day_and_its_undo_gives_all_back() -> None:
    kept(ISS)
    kept({**ISS, "percent": "10"}, now=JUNE_1 + 10 * DAY)
    padaria = make_padaria()
    at = JUNE_1 + 18 * DAY
    change_id = quote(padaria, plan="professional", now=at)
    found = seen.find(change_id).quote
    assert [(line.kind.value, line.amount.minor) for line in found.lines][-1] == ("tax", 132_00)
    accept(padaria, change_id, now=at)
    assert lines(padaria, f"change:{change_id}")[-1] == ("tax", 132_00)
    undo_change(change_id=change_id, customer_id=padaria.customer_id, actor="ana", now=at + HOUR / 2)
    [note] = credit_notes.list_for(padaria.customer_id)
    assert note.total_minor == 1_452_00
    projected = project_invoice(contract_id=padaria.contract_id)
    assert projected is not None
    assert projected.total.minor == 760_00
    assert check_books() == []


@pytest.mark.rule("INV-7", part="dated rates")
def test_a_step_up_that_costs_less_is_taken_off_the_next_invoice_with_its_tax_as_it_was_previewed() -> None:
    kept(ISS)
    padaria = make_padaria(plan="professional")
    at = JUNE_1 + 18 * DAY
    down = seen.find(quote(padaria, plan="specialist", now=at)).quote
    assert down.next_invoice.minor == 600_00 + 30_00 + 100_00
    change_id = quote(padaria, plan="specialist", now=at)
    accept(padaria, change_id, now=at)
    projected = project_invoice(contract_id=padaria.contract_id)
    assert projected is not None
    assert projected.total == down.next_invoice


@pytest.mark.rule("CHG-1", part="quote_stale")
def test_a_tax_that_came_between_preview_and_acceptance_makes_the_quote_stale() -> None:
    padaria = make_padaria()
    at = JUNE_1 + 5 * DAY
    change_id = quote(padaria, plan="professional", now=at)
    kept(ISS, now=at + HOUR / 10)
    with pytest.raises(QuoteStale):
        accept(padaria, change_id, now=at + HOUR / 5)


@pytest.mark.rule("INV-7", part="inside or on top")
@pytest.mark.rule("INV-7", part="fiscal codes")
def test_what_is_inside_is_told_and_added_to_nothing_and_codes_stand_beside_the_type() -> None:
    kept(
        {**ISS, "way": "of_price", "percent": "2.9"},
        {**PIS, "way": "included", "percent": "25"},
    )
    set_value(
        setting=FISCAL_CODES,
        value=[{"fiscal_type": "licensing", "item": "1.05", "nbs": "1.1103.22", "cst": "000"}],
        actor="olga",
        why="a law",
        now=BEFORE,
    )
    padaria = make_padaria()
    first = invoices.find(padaria.contract_id, key="first")
    assert first is not None
    assert first.total_minor == 1_349_00
    assert [(one.name, one.amount_minor) for one in first.included] == [("ISS", 36_22), ("PIS", 20_00)]
    assert coded("Software licence", first.lines[0]) == (
        "Software licence · item 1.05 · NBS 1.1103.22 · CST 000"
    )
    assert coded("Value-added service", first.lines[1]) == "Value-added service"


@pytest.mark.rule("INV-7", part="inside or on top")
def test_a_credit_note_takes_a_line_back_with_its_tax_and_never_more_than_there_is() -> None:
    kept({**ISS, "percent": "100"})
    padaria = make_padaria()
    first = invoices.find(padaria.contract_id, key="first")
    assert first is not None
    assert first.total_minor == 2 * 1_249_00 + 100_00
    for taken, of_tax in ((1, 1), (599_99, 599_99)):
        note = issue_credit_note(
            invoice_id=first.id,
            lines=[LineCredit(1, taken)],
            why="a test",
            actor="olga",
            now=JUNE_1 + HOUR,
            approved=True,
        )
        assert [minor for _line, minor in note.lines] == [taken, of_tax]
    rest = [LineCredit(2, 100_00), LineCredit(3, 649_00), LineCredit(4, 1_249_00)]
    with pytest.raises((AboveTheInvoice, Exception)):
        issue_credit_note(
            invoice_id=first.id, lines=rest, why="x", actor="olga", now=JUNE_1 + HOUR, approved=True
        )
    assert check_books() == []


@pytest.mark.rule("INV-7", part="dated rates")
def test_rates_are_never_of_the_past_and_never_above_all() -> None:
    with pytest.raises(NotForThePast):
        set_value(setting=TAXES, value=[ISS], valid_from=BEFORE, actor="olga", why="x", now=BEFORE + HOUR)
    for wrong in (
        {"percent": "100.01"},
        {"percent": "0"},
        {"way": "beside"},
        {"country": "Brazil"},
        {"x": 1},
    ):
        with pytest.raises(ValueNotAllowed):
            kept({**ISS, **wrong})
    assert is_person("BR", "11144477735")
    assert not is_person("BR", "11222333000181")


def test_an_order_says_its_taxes_before_it_is_paid_and_asks_for_nothing_else() -> None:
    kept(ISS)
    signup_id = begin_signup(now=JUNE_1)
    signed = sign(signup_id=signup_id, now=JUNE_1, accepted=_seen(JUNE_1))
    first = invoices.find(signed.contract_id, key="first")
    assert first is not None
    assert first.total_minor == 1_349_00 + 62_45


def _seen(now: datetime) -> str:
    from abono.domain.coupons.types import Buyer
    from abono.flows.signup.quote import quote as order_quote

    found = order_quote(
        plan_code="specialist",
        package_code="brl-100",
        currency="BRL",
        buyer=Buyer("BR", "11222333000181"),
        zone="America/Sao_Paulo",
        now=now,
    )
    return found.fingerprint


RATES = st.lists(
    st.builds(
        lambda name, fiscal, percent: {
            "name": name,
            "country": "BR",
            "fiscal_type": fiscal,
            "percent": f"{percent / 100}",
            "way": "on_top",
        },
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["licensing", "sva"]),
        st.integers(1, 10_000),
    ),
    max_size=4,
    unique_by=lambda one: (one["name"], one["fiscal_type"]),
)
COUPONS = st.one_of(
    st.none(),
    st.builds(
        lambda rate, amount, plans: Discount("X", rate, amount, plans, (), None),
        st.one_of(st.none(), st.integers(1, 1_000_000)),
        st.integers(1, 5_000_00),
        st.sampled_from([(), ("specialist",), ("professional", "starter")]),
    ),
)


@pytest.mark.rule("INV-8", part="order")
@pytest.mark.rule("INV-7", part="inside or on top")
def test_whatever_coupon_and_taxes_a_cycle_costs_no_less_than_nothing_and_a_way_back_nothing() -> None:
    """Over random fees, coupons, days and rates: the total is its lines; a change and its way back on one day cost nothing,
    with their taxes; what two changes on a day cost is what the direct one does, before taxes."""
    helds = [
        combine_of(plan, package)
        for plan, package in (
            ("starter", "brl-100"),
            ("specialist", "brl-100"),
            ("professional", "brl-100"),
        )
    ]
    june = whole_month(cycle(date(2026, 6, 1), 0, "America/Sao_Paulo"))

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        RATES,
        COUPONS,
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 29)), max_size=5),
        st.integers(0, 2),
    )
    def life(rates: list[dict[str, Any]], coupon: Discount | None, steps: Any, begins: int) -> None:
        found, held = fees.whole(helds[begins], june, coupon), helds[begins]
        for to, day in sorted(steps, key=lambda step: step[1]):
            at = june.cycle.start + day * DAY + HOUR
            there = fees.difference(
                held, helds[to], june, since=at, zone="America/Sao_Paulo", discount=coupon
            )
            back = fees.difference(helds[to], held, june, since=at, zone="America/Sao_Paulo", discount=coupon)
            assert sum(line.amount.minor for line in [*there, *back]) == 0
            found, held = [*found, *there], helds[to]
        assert sum(line.amount.minor for line in found) >= 0
        of_fees = sum(line.amount.minor for line in found if "discount" not in line.kind.value)
        assert sum(line.amount.minor for line in found) <= of_fees
        for fiscal in ("licensing", "sva"):
            assert sum(line.amount.minor for line in found if line.fiscal_type.value == fiscal) >= 0
        kept(*rates, now=BEFORE)
        whole = taxed(found, "BR", "11222333000181")
        total = sum(line.amount.minor for line in whole)
        assert total >= sum(line.amount.minor for line in found)
        assert taxed(whole, "BR", "11222333000181") == whole

    life()


def whole_month(period: Period) -> PaidFor:
    return in_full(Part(period, period), Part(period, period))


def combine_of(plan: str, package: str) -> Held:
    from abono.domain.catalog import queries as catalog

    sold = catalog.plan_on_sale(code=plan, at=JUNE_1)
    price = catalog.plan_price(plan_id=sold.id, currency="BRL", interval="month")
    return combine(Held(sold, price, catalog.package_on_sale(code=package, at=JUNE_1)), now=JUNE_1).what
