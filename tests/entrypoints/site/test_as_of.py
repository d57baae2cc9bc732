"""How a contract stood at a moment, on the pages of its Administrators and of the seller."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import LIMIT_PERCENT
from abono.domain.settings.types import Whose
from abono.kernel.ids import public
from abono.platform import clock
from tests import sql
from tests.entrypoints.portal.reading import signed_in, words
from tests.stories import credited
from tests.world import HOUR, bigger, hold, make_luna, make_olga, use

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def own(tenant):
    return f"/en/settings/contracts/{public('ctr', tenant.contract_id)}/as-of/"


def local(at: datetime) -> str:
    return at.astimezone(SAO_PAULO).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def told(padaria, signed_at):
    """A moment of a life, and how it is told: then a bigger package, a limit and a credit note came."""
    use(padaria.contract_id, 20, at=signed_at + HOUR)
    hold(padaria.contract_id, count=2, at=signed_at + HOUR)
    at = signed_at + 2 * HOUR
    bigger(padaria, now=signed_at + 3 * HOUR)
    set_value(
        setting=LIMIT_PERCENT,
        value=50,
        whose=Whose("", padaria.contract_id),
        actor="olga",
        why="agreed",
        now=clock.now(),
    )
    credited(padaria, 50_00)
    return at


SAID = (
    "Software plan Specialist v1 since",
    "Channel package R$100 v1 since",
    "Value of the package R$100.00",
    "Used R$11.00",  # 20 × 0.55
    "Set aside R$1.10",  # 2 × 0.55
    "Beyond the package R$0.00",
    "Limit R$200.00",
    "Price beyond the package 100% of the session prices",
    "Interactions 0 / 500",
    "Credit of the contract R$0.00",
    "To be paid, by the journal R$0.00",
    "First charge paid",
    "Contracted",
)


def test_administrators_see_what_was_true_and_not_what_came_later(padaria, told, bruno):
    ana = signed_in("ana@padaria.example")
    assert own(padaria) in ana.get("/en/settings/contracts/").content.decode()
    assert "Show" in words(ana.get(own(padaria)))
    then = words(ana.get(own(padaria), {"at": local(told)}))
    assert [one for one in SAID if one not in then] == []
    later = words(ana.get(own(padaria), {"at": local(clock.now())}))
    assert "Channel package R$250 v1 since" in later
    assert "A change of the contract" in later
    assert bruno.get(own(padaria)).status_code == 403


def test_the_seller_asks_by_number_in_utc(padaria, told):
    make_olga()
    olga = signed_in("olga@abono.example")
    page = "/en/back-office/as-of/"
    assert "Contract number" in words(olga.get(page))
    at = told.strftime("%Y-%m-%dT%H:%M:%S")
    then = words(olga.get(page, {"contract": padaria.contract.number, "at": at}))
    assert [one for one in SAID if one not in then] == []
    for contract, at, why in (
        ("2026-999999-9", local(told), "There is no contract with this number."),
        ("", local(told), "Write the number of a contract."),
        (padaria.contract.number, "", "Choose a moment."),
        (padaria.contract.number, "soon", "Choose a moment."),
        (padaria.contract.number, "9999-12-31T00:00", "Choose a moment."),
        (padaria.contract.number, "2020-01-01T00:00", "The contract was not made yet"),
        (padaria.contract.number, "2099-01-01T00:00", "This moment is still to come"),
    ):
        answer = olga.get(page, {"contract": contract, "at": at})
        assert (answer.status_code, why in words(answer)) == (422, True), why


@pytest.mark.rule("ACC-2")
def test_of_another_organization_there_is_none(padaria, signed_at, told):
    make_luna(now=signed_at)
    diego = signed_in("diego@luna.example")
    assert diego.get(own(padaria), {"at": local(told)}).status_code == 404
    assert diego.get("/en/settings/contracts/x/as-of/").status_code == 404


def test_what_cannot_be_told_is_said(padaria, told):
    sql.run(
        "INSERT INTO metering_use_border (contract_id, cycle_start, rolled_to, rolled_id, detached)"
        " SELECT contract_id, cycle_start, sealed_to, sealed_id, true FROM metering_cycle"
        " ON CONFLICT (contract_id, cycle_start) DO UPDATE SET detached = true"
    )
    then = words(signed_in("ana@padaria.example").get(own(padaria), {"at": local(told)}))
    assert "The sends of this cycle were laid away" in then
    assert "Used cannot be told" in then
