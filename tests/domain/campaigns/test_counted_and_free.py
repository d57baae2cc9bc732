"""A send of a campaign draws less where the carrier counted it as something cheaper, or something of it is free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.types import CampaignReport, CampaignReportAnswer, CampaignSettleStatus, Wish
from abono.domain.metering import own_limits
from abono.domain.metering.types import HoldStatus, Outcome, anew, keyed
from abono.domain.uncovered import hot
from abono.domain.uncovered.types import ToldStatus
from abono.domain.usage.queries import use_by_route
from abono.kernel.ids import event_key
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import ask
from tests.domain.campaigns.world import Campaigns
from tests.domain.metering.test_price_rules import MONTHLY, ONE, OTHER, _reply
from tests.domain.metering.world import CENT, DAY, HOUR, NOON, REAL, Contract, World, rows

Status = CampaignSettleStatus
INES = "+55 11 90000-0001"


def settle(
    spring: Campaigns,
    *sends: str,
    route: int,
    outcome: Outcome = Outcome.SENT,
    kind: str | None = None,
    units: int | None = None,
    contact: str | None = None,
    sender: str | None = None,
    name: str = "spring",
) -> list[tuple[CampaignSettleStatus, int | None]]:
    whom = None if contact is None else event_key(contact)
    found: list[CampaignReportAnswer] = campaigns.settle_campaign(
        contract_id=spring.contract.id,
        campaign_id=event_key(name),
        reports=[CampaignReport(*_named(send, route, outcome), kind, units, whom, sender) for send in sends],
        now=NOON,
    )
    return [(one.status, one.price_micro) for one in found]


def _named(send: str, route: int, outcome: Outcome):
    key, reference = keyed(send)
    return key, route, outcome, reference


def used(spring: Campaigns) -> tuple[int, int]:
    cycle = spring.contract.cycle()
    return cycle.held_micro, cycle.used_micro


@pytest.mark.rule("PKG-13", part="another row")
@pytest.mark.rule("PKG-13", part="at or below the held price")
@pytest.mark.rule("PKG-13", part="difference back")
def test_what_was_counted_as_something_cheaper_goes_back_when_the_campaign_ends(
    spring: Campaigns, world: World
):
    spring.hold((world.whatsapp, 4))  # 4 x 0.55 = 2.20
    assert settle(spring, "a", "b", route=world.whatsapp, kind="contact") == [(Status.SETTLED, 30 * CENT)] * 2
    assert settle(spring, "c", route=world.whatsapp) == [(Status.SETTLED, 55 * CENT)]
    assert settle(spring, "a", route=world.whatsapp, kind="contact") == [(Status.REPLAYED, 30 * CENT)]
    assert settle(spring, "a", route=world.whatsapp) == [(Status.REPLAYED, 30 * CENT)]
    assert settle(spring, "a", route=world.whatsapp, kind="company") == [(Status.CLASH, 30 * CENT)]
    assert settle(spring, "d", route=world.whatsapp, kind="gossip") == [(Status.NO_PRICE, 55 * CENT)]
    # 0.30 + 0.30 + 0.55 are drawn; one place, and twice 0.25, are held.
    assert used(spring) == (105 * CENT, 115 * CENT)
    (line,) = spring.find().lines
    assert (line.sent, line.saved_micro, spring.find().held_micro) == (3, 50 * CENT, 105 * CENT)
    (row,) = use_by_route(contract_id=spring.contract.id, cycle_start=spring.contract.cycle().cycle.start)
    assert (row.sent, row.sent_micro, row.held, row.held_micro) == (3, 115 * CENT, 1, 105 * CENT)

    spring.close()
    assert used(spring) == (0, 115 * CENT)
    assert (spring.find().drawn_micro, spring.find().released_micro) == (115 * CENT, 105 * CENT)


@pytest.mark.rule("PKG-13", part="at or below the held price")
def test_nothing_draws_more_than_its_line_whatever_it_was_counted_as(spring: Campaigns, world: World):
    spring.hold((world.answer, 1), (world.sms, 2))
    assert settle(spring, "a", route=world.answer, kind="company") == [(Status.SETTLED, 30 * CENT)]
    assert settle(spring, "b", route=world.sms, units=3) == [(Status.SETTLED, 10 * CENT)]
    assert used(spring) == (10 * CENT, 40 * CENT)


@pytest.mark.rule("PKG-13")
def test_fewer_units_than_those_of_the_line_draw_less(spring: Campaigns, world: World):
    campaigns.hold_campaign(
        contract_id=spring.contract.id,
        campaign_id=event_key("spring"),
        wishes=[Wish(world.sms, 10, 3)],
        now=NOON,
    )
    assert settle(spring, "a", route=world.sms, units=1) == [(Status.SETTLED, 10 * CENT)]
    assert settle(spring, "b", route=world.sms) == [(Status.SETTLED, 30 * CENT)]
    assert used(spring) == (260 * CENT, 40 * CENT)


@pytest.mark.rule("CAT-9", part="free quantity")
def test_a_campaign_takes_what_its_numbers_have_free(spring: Campaigns, world: World):
    reply = _reply(world, free_quantity=3, **MONTHLY)
    spring.contract.hold("single", reply, sender=ONE)  # takes one
    spring.hold((reply, 10))
    assert settle(spring, "a", "b", "c", route=reply, sender=ONE) == [
        (Status.SETTLED, 0),
        (Status.SETTLED, 0),
        (Status.SETTLED, 5 * CENT),
    ]
    assert settle(spring, "d", route=reply, sender=OTHER) == [(Status.SETTLED, 0)]
    assert settle(spring, "e", route=reply) == [(Status.SETTLED, 5 * CENT)]  # nobody says which number
    assert settle(spring, "a", route=reply, sender=ONE) == [(Status.REPLAYED, 0)]
    assert spring.contract.hold("single 2", reply, sender=ONE).price_micro == 5 * CENT
    assert spring.contract.hold("single 3", reply, sender=OTHER).price_micro == 0
    spring.close()
    assert used(spring) == (5 * CENT, 10 * CENT)


@pytest.mark.rule("CAT-9", part="free quantity")
def test_what_was_not_delivered_takes_nothing_that_is_free(spring: Campaigns, world: World):
    reply = _reply(world, free_quantity=1, draws_at="delivered", **MONTHLY)
    spring.hold((reply, 10))
    lost = settle(spring, "lost", route=reply, outcome=Outcome.NOT_DELIVERED, sender=ONE)
    assert lost == [(Status.NOT_DRAWN, 5 * CENT)]
    delivered = settle(spring, "a", "b", route=reply, outcome=Outcome.DELIVERED, sender=ONE)
    assert delivered == [(Status.SETTLED, 0), (Status.SETTLED, 5 * CENT)]


@pytest.mark.rule("CAT-9", part="free window")
def test_a_send_of_a_campaign_to_somebody_in_an_open_window_is_free(spring: Campaigns, world: World):
    reply = _reply(world, free_after="contact_message", free_hours=24)
    spring.contract.observe("hello", NOON - HOUR, contact=INES)
    spring.hold((reply, 10))
    assert settle(spring, "a", route=reply, contact=INES) == [(Status.SETTLED, 0)]
    assert settle(spring, "a", route=reply, contact=INES, units=1) == [(Status.REPLAYED, 0)]
    assert settle(spring, "b", route=reply, contact="somebody") == [(Status.SETTLED, 5 * CENT)]


@pytest.mark.rule("PKG-13", "LIM-5")
def test_budgets_know_what_went_back(spring: Campaigns, world: World):
    spring.hold((world.whatsapp, 2))
    settle(spring, "a", route=world.whatsapp, kind="contact")
    own_limits.set_own_limits(
        contract_id=spring.contract.id,
        cap_micro=None,
        budgets={"whatsapp": 2 * REAL},
        actor="ana",
        now=NOON,
    )
    (budget,) = spring.contract.cycle().budgets
    assert budget.total_micro == 110 * CENT  # all that it asked for, until it ends
    spring.close()
    (budget,) = spring.contract.cycle().budgets
    assert budget.total_micro == 30 * CENT


# -- what has no place in its campaign


def tell(contract: Contract, name: str, route: int, *, campaign: str) -> tuple[ToldStatus, int | None]:
    key, reference = keyed(name)
    row = (
        *(str(contract.id), str(key), str(anew(key)), str(route), NOON, NOON),
        *(quoted(reference), "sms", "message", "BR", "NULL", str(event_key(campaign))),
        *("NULL", "NULL", "NULL", "1", timedelta(days=2)),
    )
    [(status, price, _why)] = ask(hot.TOLD, [row])
    return ToldStatus(status), price


@pytest.mark.rule("PKG-12")
def test_one_that_draws_by_itself_has_the_units_of_its_line_and_stays_by_itself(
    spring: Campaigns, world: World
):
    campaigns.hold_campaign(
        contract_id=spring.contract.id,
        campaign_id=event_key("spring"),
        wishes=[Wish(world.sms, 1, 3)],
        now=NOON,
    )
    assert settle(spring, "a", "b", route=world.sms) == [
        (Status.SETTLED, 30 * CENT),
        (Status.NO_PLACE, 30 * CENT),
    ]
    assert tell(spring.contract, "b", world.sms, campaign="spring") == (ToldStatus.RECORDED, 30 * CENT)
    assert settle(spring, "b", route=world.sms) == [(Status.ALONE, 30 * CENT)]
    assert tell(spring.contract, "b", world.sms, campaign="spring") == (ToldStatus.REPLAYED, 30 * CENT)
    assert used(spring) == (0, 60 * CENT)


@pytest.mark.rule("PKG-12")
def test_what_is_kept_never_takes_a_place_later(spring: Campaigns, world: World):
    assert tell(spring.contract, "a", world.unpriced, campaign="spring")[0] is ToldStatus.UNCOVERED
    spring.hold((world.sms, 5))
    assert settle(spring, "a", "b", route=world.sms) == [
        (Status.ALONE, None),
        (Status.SETTLED, 10 * CENT),
    ]
    assert rows("metering_uncovered") == 1


@pytest.mark.rule("PKG-6")
def test_what_a_campaign_saves_stays_held_until_it_ends(world: World):
    """The value of a place is set aside as a whole; given back to whoever asks first, it would be no hold."""
    contract = world.contract(value=1, limit_percent=0)
    spring = Campaigns(contract)
    spring.hold((world.whatsapp, 1))
    settle(spring, "a", route=world.whatsapp, kind="contact")
    assert contract.hold("b", world.whatsapp).status is HoldStatus.BLOCKED  # 0.45 are left of 1.00
    spring.close(at=NOON + DAY)
    assert contract.hold("b", world.whatsapp).status is HoldStatus.HELD
