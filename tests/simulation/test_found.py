"""What the simulator found once, told again by hand. Each story ended otherwise than the model says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.licences.types import Op
from abono.flows.check_books import check_metering
from tests.simulation.connections import Connections
from tests.simulation.model_facts import UNLIMITED
from tests.simulation.run import Simulation
from tests.simulation.steps import (
    Asked,
    Call,
    Cycle,
    Hold,
    HoldCampaign,
    Lease,
    Observe,
    Presence,
    Record,
    Seen,
    Settle,
    SettleCampaign,
    Step,
    Story,
    Terms,
    Told,
)
from tests.simulation.world import JULY_1, World

HOUR = timedelta(hours=1)
JUNE_20 = datetime(2026, 6, 20, 12, tzinfo=UTC)
AUGUST_2 = datetime(2026, 8, 2, tzinfo=UTC)  # in no cycle
CYCLES = (
    Cycle(datetime(2026, 6, 1, 3, tzinfo=UTC), JULY_1),
    Cycle(JULY_1, datetime(2026, 8, 1, 3, tzinfo=UTC)),
)
WITH_LIMIT = Terms(CYCLES, "small", 20_000_000, 40_000_000, 3)
WITHOUT = Terms(CYCLES, "small", 20_000_000, UNLIMITED, 3)


def lived(place: tuple[World, Connections], contracts: tuple[Terms, ...], *steps: Step) -> bool:
    """Whether it ends as the model says; raises Difference when not."""
    Simulation(*place).live(Story(1, contracts, steps))
    return check_metering() == []


def sms(*names: str, at: datetime = JUNE_20) -> tuple[Asked, ...]:
    return tuple(Asked(0, name, "sms", at) for name in names)


def the_long_way(*events: Asked) -> Hold:
    """One of the sends has no price, so that each is looked at by itself."""
    return Hold((Asked(0, "beside", "unpriced", events[0].at), *events))


@pytest.mark.rule("PKG-7", "PKG-9")
def test_a_batch_of_two_contracts_with_repeats_is_answered_in_its_order(place: tuple[World, Connections]):
    asked = [
        Asked(n % 2, f"{n % 8}", route, JUNE_20) for route in ("sms", "whatsapp", "answer") for n in range(20)
    ]
    told = [
        Told(n % 2, f"{n % 8}", end, JUNE_20) for end in ("sent", "rejected", "expired") for n in range(20)
    ]
    batches = Step(Hold(tuple(asked))), Step(Settle(tuple(told)))
    assert lived(place, (WITH_LIMIT, WITH_LIMIT), *batches)


@pytest.mark.rule("PKG-4", "PKG-6")
def test_one_end_told_again_and_again_may_add_up_to_more_than_a_bigint(place: tuple[World, Connections]):
    dear = Hold((Asked(0, "dear", "dear", JUNE_20),))  # 4 * 10^18 millionths
    three_times = Settle(3 * (Told(0, "dear", "sent", JUNE_20),))
    assert lived(place, (WITHOUT,), Step(dear), Step(three_times))


@pytest.mark.rule("PKG-6", "PKG-9")
@pytest.mark.parametrize("lane", [False, True])
def test_one_id_in_two_cycles_at_once_is_held_once(place: tuple[World, Connections], lane: bool):
    here, there = Hold(sms("one", "two")), the_long_way(*sms("two", "three", at=JULY_1 + HOUR))
    assert lived(place, (WITH_LIMIT,), Step(here, "twin", lane=lane, beside=there))


@pytest.mark.rule("PKG-9")
def test_what_has_no_cycle_to_wait_for_is_answered_contract_by_contract(place: tuple[World, Connections]):
    here = Hold((*sms("one"), Asked(1, "two", "sms", JUNE_20)))
    there = Record((*sms("one", at=AUGUST_2), Asked(1, "two", "sms", JUNE_20)), "sent")
    assert lived(place, (WITH_LIMIT, WITH_LIMIT), Step(here, "twin", beside=there))


@pytest.mark.rule("PKG-6", "PKG-9")
@pytest.mark.parametrize("lane", [False, True])
def test_one_id_by_itself_and_in_a_campaign_at_once_draws_once(place: tuple[World, Connections], lane: bool):
    campaign = Step(HoldCampaign(0, "spring", (("sms", 5),), JUNE_20, 24, 1))
    drawn: Call = SettleCampaign(0, "spring", (("one", "sms", "sent"),), JUNE_20)
    both = Step(drawn, "twin", lane=lane, beside=the_long_way(*sms("one", "two")))
    assert lived(place, (WITH_LIMIT,), campaign, both)


@pytest.mark.rule("PKG-6", "PKG-9")
def test_an_id_that_a_campaign_has_no_line_for_is_refused_as_one_or_the_other(
    place: tuple[World, Connections],
):
    campaign = Step(HoldCampaign(0, "spring", (("sms", 5),), JUNE_20, 24, 1))
    drawn: Call = SettleCampaign(0, "spring", (("one", "whatsapp", "sent"), ("two", "sms", "sent")), JUNE_20)
    told = Record((*sms("one"), Asked(0, "two", "nowhere", JUNE_20)), "sent")
    assert lived(place, (WITH_LIMIT,), campaign, Step(told, "twin", beside=drawn))


@pytest.mark.rule("INT-1", "INT-7")
def test_of_two_events_at_one_moment_the_one_that_came_first_opens(place: tuple[World, Connections]):
    def seen(name: str, hours: int) -> Seen:
        return Seen(0, name, "Juan", "sms", "contact_message", JUNE_20 + hours * HOUR, JUNE_20 + 90 * HOUR)

    covered = Observe((seen("at 20", 20), seen("at 0", 0)))
    moved = Observe((seen("at 20, too", 20), seen("at -10", -10)))  # now one opens at -10, the next at 20
    assert lived(place, (WITH_LIMIT,), Step(covered), Step(moved))


@pytest.mark.rule("PKG-9", "PKG-13")
def test_a_campaign_says_of_a_send_by_itself_what_it_draws_by_now(place: tuple[World, Connections]):
    assert lived(
        place,
        (WITHOUT,),
        Step(Hold((Asked(0, "send", "whatsapp", JUNE_20, 3),))),
        Step(Settle((Told(0, "send", "sent", JUNE_20), Told(0, "send", "sent", JUNE_20, units=1)))),
        Step(HoldCampaign(0, "spring", (("whatsapp", 1),), JUNE_20, 24, 3)),
        Step(
            SettleCampaign(
                0, "spring", (("send", "whatsapp", "sent", None, None, "Juan", "one"),), JUNE_20 + HOUR
            )
        ),
    )


@pytest.mark.rule("LIC-3", part="told why")
def test_whoever_was_replaced_is_only_told_so_and_keeps_no_licence_for_a_group(
    place: tuple[World, Connections],
):
    def claims(device: str, minutes: int, *groups: str, op: Op = Op.CLAIM) -> Step:
        at = JUNE_20 + timedelta(minutes=minutes)
        return Step(Lease((Presence(0, op, "elena", device, at, groups),)))

    terms = replace(WITHOUT, kept=(("night", 1),))
    then = [claims("phone", 0), claims("desk", 1), claims("phone", 7, "night"), claims("desk", 8, op=Op.BEAT)]
    assert lived(place, (terms,), *then)
