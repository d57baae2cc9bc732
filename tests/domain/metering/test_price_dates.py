"""The shipped price book with dates: WhatsApp before and after 2025-07-01 (CAT-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.queries import estimate
from abono.domain.campaigns.types import Wish
from abono.domain.catalog import actions, queries, reader
from abono.domain.catalog.content import Catalog
from abono.domain.catalog.reader import SHIPPED
from abono.domain.metering import actions as metering
from abono.domain.metering.opening import open_cycle
from abono.domain.metering.types import HoldRequest, NewCycle, Outcome, SettleRequest
from abono.kernel.ids import uuid7
from abono.kernel.periods import Period

pytestmark = pytest.mark.rule("CAT-6")

FIRST = datetime(2024, 1, 1, 3, tzinfo=UTC)  # midnight in São Paulo
SWITCH = datetime(2025, 7, 1, 3, tzinfo=UTC)
LAST = SWITCH - timedelta(microseconds=1)
COMPANY, CONTACT = ("whatsapp", "company"), ("whatsapp", "contact")


def contract(package: str) -> UUID:
    """With one cycle from 15 June to 15 July 2025: the switch lies inside."""
    found = queries.package_on_sale(code=package, at=SWITCH)
    contract_id = uuid7()
    open_cycle(
        NewCycle(
            contract_id=contract_id,
            cycle=Period(SWITCH - timedelta(days=16), SWITCH + timedelta(days=14)),
            package_id=found.id,
            value_micro=found.value_micro,
            ceiling_micro=found.value_micro * 2,
            included_interactions=1,
        )
    )
    return contract_id


def hold(contract_id: UUID, kind: tuple[str, str], country: str, at: datetime) -> tuple[UUID, int | None]:
    send = HoldRequest(contract_id, uuid7(), queries.routes()[*kind, country], at)
    return send.send_id, metering.hold([send])[0].price_micro


def row_of(send: UUID) -> datetime:
    """When the row of the price list began that a send was priced by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.valid_from FROM metering_send s JOIN catalog_sessionprice p ON p.id = s.price_id"
            " WHERE s.send_id = %s",
            [send],
        )
        found: datetime = cursor.fetchone()[0]
        return found


def dearer_templates() -> Catalog:
    """The shipped catalog, with every template of WhatsApp a tenth of a cent dearer from the switch on."""
    shipped = reader.read(SHIPPED)
    packages = tuple(
        replace(
            package,
            prices=tuple(
                replace(row, price_micro=row.price_micro + 1_000)
                if row.route[:2] == COMPANY and row.valid_from == SWITCH
                else row
                for row in package.prices
            ),
        )
        for package in shipped.packages
    )
    return replace(shipped, packages=packages)


@pytest.mark.rule("CAT-6", part="rules of a channel as rows")
@pytest.mark.parametrize(
    ("package", "country", "price"), [("brl-100", "BR", 550_000), ("usd-50", "CO", 44_600)]
)
def test_the_shipped_rows_of_both_sides_apply_by_date(db: None, package: str, country: str, price: int):
    actions.apply(catalog=reader.read(SHIPPED), actor="test", now=FIRST)
    contract_id = contract(package)
    conversation, before = hold(contract_id, COMPANY, country, LAST)
    template, after = hold(contract_id, COMPANY, country, SWITCH)
    assert (before, after) == (price, price)  # the figure stayed the same, the row is another
    assert (row_of(conversation), row_of(template)) == (FIRST, SWITCH)
    answer, _price = hold(contract_id, CONTACT, country, SWITCH)
    assert row_of(answer) == FIRST  # what the contact started goes on by its own row


def test_a_window_of_the_company_changes_its_price_at_the_switch_and_one_of_the_contact_does_not(db: None):
    actions.apply(catalog=dearer_templates(), actor="test", now=FIRST)
    contract_id = contract("brl-100")
    sends = [
        hold(contract_id, kind, "BR", at) for at in (LAST, SWITCH, LAST) for kind in (COMPANY, CONTACT)
    ]  # the last two are told of late
    prices = [price for _send, price in sends]
    assert prices == [550_000, 300_000, 551_000, 300_000, 550_000, 300_000]
    late = SWITCH + timedelta(days=3)
    metering.settle([SettleRequest(contract_id, send, Outcome.SENT, late) for send, _price in sends])
    with connection.cursor() as cursor:
        cursor.execute("SELECT used_micro FROM metering_cycle WHERE contract_id = %s", [contract_id])
        assert cursor.fetchone() == (550_000 * 2 + 551_000 + 300_000 * 3,)


@pytest.mark.parametrize(("at", "price"), [(LAST, 550_000), (SWITCH, 551_000)])
def test_an_id_that_comes_twice_in_a_call_has_the_price_of_its_day(db: None, at: datetime, price: int):
    """What the short way leaves to the rule is priced by its moment, too."""
    actions.apply(catalog=dearer_templates(), actor="test", now=FIRST)
    send = HoldRequest(contract("brl-100"), uuid7(), queries.routes()[*COMPANY, "BR"], at)
    assert [answer.price_micro for answer in metering.hold([send, send])] == [price, price]


def test_a_campaign_and_an_estimate_have_the_prices_of_their_day(db: None):
    actions.apply(catalog=dearer_templates(), actor="test", now=FIRST)
    contract_id = contract("brl-100")
    wishes = [Wish(queries.routes()[*COMPANY, "BR"], 10)]
    for at, price in ((LAST, 550_000), (SWITCH, 551_000)):
        [line] = estimate(contract_id=contract_id, wishes=wishes, at=at).lines
        held = campaigns.hold_campaign(
            contract_id=contract_id, campaign_id=uuid7(), wishes=wishes, now=at, lasts=timedelta(hours=1)
        )
        assert (line.price_micro, held.prices_micro) == (price, (price,))


def test_nothing_can_be_sent_before_the_first_row(db: None):
    actions.apply(catalog=reader.read(SHIPPED), actor="test", now=FIRST)
    contract_id = contract("brl-100")
    open_cycle(
        NewCycle(
            contract_id=contract_id,
            cycle=Period(FIRST - timedelta(days=31), FIRST),
            package_id=queries.package_on_sale(code="brl-100", at=SWITCH).id,
            value_micro=1_000_000,
            ceiling_micro=1_000_000,
            included_interactions=1,
        )
    )
    assert hold(contract_id, COMPANY, "BR", FIRST - timedelta(microseconds=1))[1] is None
