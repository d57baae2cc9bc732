"""Renewals in one go leave behind what renewals one by one do, to the last row (INV-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.queries import fees_billed
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.types import Billed
from abono.domain.metering import queries as metering
from abono.flows.billing.in_one_go import renew_many
from abono.flows.billing.invoices import draft
from abono.flows.charges import fees
from abono.flows.charges.lines import overage_line
from abono.flows.endings.cancel import cancel
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from abono.flows.restriction.left_alone import leave_alone
from abono.kernel.money import Money
from abono.kernel.rating import to_micro
from tests.books import check_books
from tests.fakes import FakeGateway
from tests.scenarios.both_ways import renewed_alike
from tests.scenarios.living.book import OF_A_CAST, Cast, Tally
from tests.scenarios.living.life import Life
from tests.scenarios.living.seeds import PLACES, seeds
from tests.scenarios.taking_back import ACTIVATION, PLAN, take_back
from tests.scenarios.test_all_together import told
from tests.scenarios.test_cycles import JULY_1
from tests.world import DAY, load_catalog, make_padaria, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(gateway: FakeGateway) -> list[UUID]:
    """Contracts that are alike, and some that are not."""
    load_catalog()
    plain = [make_padaria() for _ in range(4)]
    other = [make_padaria(plan="expert"), make_padaria(package="brl-250")]
    return [one.contract_id for one in (*plain, *other)]


@pytest.mark.rule("INV-1")
@pytest.mark.rule("INV-3")
def test_a_book_of_contracts_is_renewed_in_one_go_as_one_by_one(book: list[UUID]) -> None:
    now = JULY_1
    for month, used in enumerate([0, 150, 20, 300, 0, 0]):
        if used:
            use(book[month % 4], used, at=now - 3 * DAY)
        assert renewed_alike(book, now=now) == set(book)
        assert renew_many(book, now=now) == set(book)
        assert renew_many(book, now=now) == set()  # nothing is due any more
        now = Contract.objects.get(id=book[0]).cycle_end or now
    assert check_books() == []


@pytest.mark.rule("INV-3")
def test_use_that_was_billed_under_two_names_for_the_same_price_is_not_billed_again(book: list[UUID]) -> None:
    use(book[0], 300)  # 65.00 beyond the package
    contract, asked = Contract.objects.get(id=book[0]), Money(20_00, "BRL")
    over = overage_line(contract, metering.balance(contract_id=contract.id, at=JULY_1 - DAY))
    assert over is not None
    for number, package in enumerate(["brl-100", "brl-250"], start=1):  # raised meanwhile
        line = replace(over, name=package, unit_price_micro=to_micro(asked), amount=asked)
        draft(contract, reason=Reason.INTERIM, key=keys.interim(0, number), lines=[line], now=JULY_1 - DAY)
    assert renewed_alike(book, now=JULY_1) == set(book)


@pytest.mark.rule("INV-3")
def test_what_puts_right_what_was_billed_stands_in_one_order_however_its_lines_are_read(
    book: list[UUID],
) -> None:
    contract = Contract.objects.get(id=book[0])
    billed = {key: minor - 1_00 for key, minor in fees_billed(contract.id, cycles=[contract.cycle]).items()}
    assert len(billed) > 1
    read = [Billed(dict(rows), {}) for rows in (billed.items(), reversed(billed.items()))]
    one, other = (fees.unbilled(contract, [contract.cycle], billed=rows) for rows in read)
    assert one == other


@pytest.mark.rule("END-5")
def test_restrictions_of_all_of_them_are_read_together(book: list[UUID]) -> None:
    for contract_id in book[:3]:
        told: dict[str, Any] = {"contract_id": contract_id, "why": "x", "actor": "olga"}
        restrict_for_fraud(**told, now=JULY_1 - 9 * DAY)
        lift_for_fraud(**told, now=JULY_1 - 8 * DAY)
    assert renewed_alike(book, now=JULY_1) == set(book)
    with CaptureQueriesContext(connection) as captured:
        renew_many(book, now=JULY_1)
    asked = [one for one in captured.captured_queries if one["sql"].startswith('SELECT "restrictions_')]
    assert len(asked) == 1


@pytest.mark.rule("INV-9", part="never negative")
@pytest.mark.rule("PAY-8", part="left alone")
def test_who_is_left_alone_or_leaves_is_not_in_it_and_credit_beyond_an_invoice_stays(
    book: list[UUID],
) -> None:
    alone, leaving, rich = (Contract.objects.get(id=one) for one in book[:3])
    until = (JULY_1 + 9 * DAY).date()
    leave_alone(customer_id=alone.customer_id, until=until, why="x", actor="olga", now=JULY_1 - DAY)
    cancel(contract_id=leaving.id, why="x", actor="ana", now=JULY_1 - DAY)
    take_back(invoices.of_contract(rich.id, limit=1)[0], (PLAN, 600_00), (ACTIVATION, 649_00))
    assert renewed_alike(book, now=JULY_1) == set(book) - {alone.id, leaving.id}


class Book(Life):
    """A life whose renewals are tried in both ways first."""

    ordinary = 0

    def about_to_renew(self) -> None:
        self.ordinary += len(renewed_alike([self.key], now=self.now))


@pytest.mark.rule("INV-1")
@pytest.mark.parametrize("seed", seeds(60_000, always=1))
@pytest.mark.usefixtures("bank")
def test_whatever_a_contract_lived_through_it_is_renewed_alike(gateway: Any, seed: int) -> None:
    zone, since, currency = PLACES[seed % len(PLACES)]
    life = Book(
        Random(seed),
        gateway,
        zone=zone,
        since=datetime.fromisoformat(since),
        currency=currency,
        by_year=seed % 4 == 0,
    )
    told(life, months=3, more=bool(seed % 2))
    life.tell("ordinary", life.ordinary)


@pytest.mark.rule("INV-1")
@pytest.mark.parametrize("number", seeds(0, always=1)[:50])
@pytest.mark.usefixtures("bank")
def test_whatever_contracts_of_one_book_lived_through_they_are_renewed_alike(
    gateway: Any, number: int
) -> None:
    """`python -m tests.scenarios.living` lives all books of a cast, and thousands of casts."""
    cast, tally = Cast(number, gateway), Tally()
    for seed in range(number * OF_A_CAST, number * OF_A_CAST + 2):
        cast.live(seed, tally)
    assert tally.renewed > 0 or number  # of others all may wait for a review
