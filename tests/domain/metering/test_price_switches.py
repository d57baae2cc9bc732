"""A minute on either side of the days on which WhatsApp changed what it counts, in two zones (CAT-6, CAT-9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from abono.domain.catalog import actions, queries, reader
from abono.domain.catalog.reader import SHIPPED
from abono.domain.metering import actions as metering
from abono.domain.metering.opening import open_cycle
from abono.domain.metering.types import HoldRequest, NewCycle, Outcome, SettleRequest, SettleStatus
from abono.kernel.ids import uuid7
from abono.kernel.periods import Period

MINUTE = timedelta(minutes=1)
LONG_BEFORE = datetime(2024, 1, 1, 12, tzinfo=UTC)
# The first moment of the day in each zone: São Paulo is three hours behind UTC.
MIDNIGHTS = {"America/Sao_Paulo": 3, "UTC": 0}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_on_sale")]


def on_sale_in(zone: str) -> None:
    """The shipped catalog, its days beginning in the zone."""
    text = SHIPPED.read_text().replace("America/Sao_Paulo", zone)
    actions.apply(catalog=reader.parse(text.encode(), name=zone), actor="person:olga", now=LONG_BEFORE)


def held(kind: str, at: datetime, *, sender: str = "+55 11 4000-0001") -> tuple[UUID, UUID, int | None]:
    package = queries.package_on_sale(code="brl-100", at=at)
    contract = uuid7()
    open_cycle(
        NewCycle(
            contract_id=contract,
            cycle=Period(at - timedelta(days=9), at + timedelta(days=9)),
            package_id=package.id,
            value_micro=package.value_micro,
            ceiling_micro=package.value_micro,
            included_interactions=1,
        )
    )
    route = queries.routes()["whatsapp", kind, "BR"]
    send = HoldRequest(contract, uuid7(), route, at, sender=sender, units=2)
    return contract, send.send_id, metering.hold([send])[0].price_micro


def unit(kind: str, at: datetime) -> tuple[str, str]:
    package = queries.package_on_sale(code="brl-100", at=at)
    [price] = [
        one
        for one in queries.session_prices(package_id=package.id, at=at)
        if (one.channel, one.kind, one.country) == ("whatsapp", kind, "BR")
    ]
    return price.terms.unit, price.terms.draws_at


@pytest.mark.rule("CAT-6", part="row in force when it happened")
@pytest.mark.rule("CAT-9", part="WhatsApp before and since 2025-07-01")
@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_a_conversation_of_24_hours_until_june_2025_and_a_template_from_july(zone: str):
    on_sale_in(zone)
    switch = datetime(2025, 7, 1, MIDNIGHTS[zone], tzinfo=UTC)
    found = [unit("company", at)[0] for at in (switch - MINUTE, switch, switch + MINUTE)]
    assert found == ["session", "message", "message"]


@pytest.mark.rule("CAT-6", part="row in force when it happened")
@pytest.mark.rule("CAT-9", part="WhatsApp since 2026-10-01")
@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_a_reply_costs_nothing_until_september_2026_and_counts_from_october(zone: str):
    on_sale_in(zone)
    switch = datetime(2026, 10, 1, MIDNIGHTS[zone], tzinfo=UTC)
    contract, send, price = held("reply", switch - MINUTE, sender="")
    assert price == 0
    told = SettleRequest(contract, send, Outcome.SENT, switch)
    assert metering.settle([told])[0].status is SettleStatus.SETTLED
    for at in (switch, switch + MINUTE):
        package = queries.package_on_sale(code="brl-100", at=at)
        [price_row] = [
            one
            for one in queries.session_prices(package_id=package.id, at=at)
            if (one.channel, one.kind, one.country) == ("whatsapp", "reply", "BR")
        ]
        assert price_row.price_micro == 60_000
        contract, send, price = held("reply", at)
        assert price == 0  # of the 1,000 that its number has free
        told = SettleRequest(contract, send, Outcome.SENT, at + MINUTE)
        assert metering.settle([told])[0].status is SettleStatus.WAITING
    between = datetime(
        2026, 10, 1, 1, 30, tzinfo=UTC
    )  # October in UTC, the last evening of September in São Paulo
    assert unit("reply", between)[1] == ("delivered" if zone == "UTC" else "sent")


@pytest.mark.rule("CAT-9", part="WhatsApp since 2026-10-01")
@pytest.mark.rule("CAT-9", part="free quantity")
def test_the_reply_after_the_thousandth_of_a_number_is_paid():
    on_sale_in("America/Sao_Paulo")
    at = datetime(2026, 10, 15, 12, tzinfo=UTC)
    contract, _send, _price = held("reply", at)
    route = queries.routes()["whatsapp", "reply", "BR"]
    many = [HoldRequest(contract, uuid7(), route, at, sender="+55 11 4000-0001") for _ in range(1_000)]
    prices = [answer.price_micro for answer in metering.hold(many)]
    assert prices == [0] * 998 + [60_000] * 2  # two of the thousand were taken before
