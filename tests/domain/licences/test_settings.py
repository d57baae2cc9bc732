"""What a seller or a customer can set: devices that share, more than are owned for a price, who goes after a reduction, licences
kept for groups (LIC-1…4, LIC-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.licences import actions as licences
from abono.domain.licences import queries
from abono.domain.licences.errors import KeptBeyondOwned, KeptTooMany, NobodyIn, NoGroupName
from abono.domain.settings.actions import set_value
from abono.domain.settings.licences import (
    LEASE_HEARTBEAT,
    LEASE_LASTS,
    LEASE_SECOND_DEVICE,
    LICENCES_OVER_PERCENT,
    LICENCES_REDUCED,
)
from abono.domain.settings.types import Setting, Whose
from abono.flows.licences.ask import ask_licences
from abono.flows.licences.facts import Beat
from abono.flows.licences.free import free_licence
from abono.flows.licences.keep import keep_licences
from abono.flows.licences.said import Word
from abono.platform import events
from tests.domain.licences.office import MINUTE, SECOND, Office
from tests.work import renew_due
from tests.world import change, load_catalog, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


@pytest.fixture
def office() -> Office:
    load_catalog()
    return Office(make_padaria())  # Specialist: 10 licences


def choose(office: Office, setting: Setting[object], value: object, **whose: str) -> None:
    set_value(setting=setting, value=value, whose=Whose(**whose), actor="olga", why="a test", now=office.now)


@pytest.mark.rule("LIC-1", part="heartbeat: default")
def test_a_lease_lasts_five_minutes_and_is_heard_of_each_minute(office: Office):
    said = office.claim("ana")
    assert (said.next_s, said.left_s) == (60, 300)


@pytest.mark.rule("LIC-1", part="heartbeat: other")
def test_a_plan_may_have_other_heartbeats(office: Office):
    choose(office, LEASE_HEARTBEAT, "PT10M", plan="specialist")
    choose(office, LEASE_LASTS, "PT10M", plan="specialist")
    choose(office, LEASE_LASTS, "PT1M", plan="expert")
    said = office.claim("ana")
    assert (said.next_s, said.left_s) == (300, 600)  # at least twice while it lasts


@pytest.mark.rule("LIC-3", part="second device: other")
def test_devices_of_one_person_share_their_licence_until_the_last_of_them_goes(office: Office):
    choose(office, LEASE_SECOND_DEVICE, "shares")
    for n in range(10):
        assert office.claim("ana", f"device {n}").in_use == 1
    assert office.beat("ana", "device 0").word is Word.GRANTED
    assert office.claim("ana", "device 10").in_use == 1  # takes the place of the one that came first
    assert office.beat("ana", "device 0").word is Word.TAKEN_OVER
    for n in range(1, 10):
        office.leave("ana", f"device {n}")
    assert office.people == ["ana"]
    office.leave("ana", "device 10")
    assert office.people == []


@pytest.mark.parametrize("idle", [(0, 900), (900, 0)])
def test_of_devices_that_share_a_licence_the_busiest_says_how_long_its_person_is_idle(
    office: Office, idle: tuple[int, int]
):
    choose(office, LEASE_SECOND_DEVICE, "shares")
    office.claim("ana", "desk")
    office.claim("ana", "phone")
    office.later(MINUTE)
    beats = [
        Beat(name, office.contract, "ana", idle_s)
        for name, idle_s in zip(("desk", "phone"), idle, strict=True)
    ]
    ask_licences(beats, customer_id=office.tenant.customer_id, now=office.now)  # in the same instant
    lease = queries.lease_of(office.tenant.contract_id, "ana", at=office.now)
    assert lease is not None
    assert lease.active_at == office.now


@pytest.mark.rule("LIC-2", part="nobody thrown out")
@pytest.mark.rule("LIC-2", part="after a reduction: default")
def test_after_a_reduction_who_is_in_stays_and_nobody_comes_in_before_there_is_room(office: Office):
    change(office.tenant, licences=2, now=office.now)
    change(office.tenant, licences=0, now=office.now)  # from the next cycle on
    office.now = office.tenant.contract.cycle_end or office.now
    office.later(-SECOND).fill(12)
    assert office.claim("ana").owned == 12
    office.later(SECOND)
    assert [office.beat(f"p{n:02}").word for n in range(12)] == [Word.GRANTED] * 12
    for n in range(3):
        refused = office.claim("ana")
        assert (refused.word, refused.in_use, refused.owned) == (Word.ALL_IN_USE, 12 - n, 10)
        office.leave(f"p{n:02}")
    assert office.claim("ana").in_use == 10


@pytest.mark.rule("LIC-2", part="never above what is owned")
@pytest.mark.rule("LIC-7", part="nobody jumps")
def test_who_was_lost_before_a_reduction_signs_in_behind_those_who_wait(office: Office):
    change(office.tenant, licences=2, now=office.now)
    change(office.tenant, licences=0, now=office.now)
    office.now = office.tenant.contract.cycle_end or office.now
    office.later(-6 * MINUTE).fill(12)
    for _ in range(2):  # two are not heard of any more
        office.later(3 * MINUTE)
        for n in range(10):
            office.beat(f"p{n:02}")
    assert office.wait("ana").position == 1
    assert office.claim("p11", "another device").word is Word.ALL_IN_USE
    assert office.beat("p10").word is Word.LOST  # nor by a late heartbeat
    assert office.wait("p10").position == 2
    office.leave("p00")
    assert office.claim("p11", "another device").word is Word.ALL_IN_USE
    assert office.claim("ana").in_use == 10


@pytest.mark.rule("LIC-2", part="after a reduction: other")
def test_after_a_reduction_the_longest_idle_go_if_the_seller_says_so(office: Office):
    choose(office, LICENCES_REDUCED, "longest_idle")
    change(office.tenant, licences=2, now=office.now)
    change(office.tenant, licences=0, now=office.now)
    office.now = office.tenant.contract.cycle_end or office.now
    office.later(-MINUTE).fill(12)
    office.later(MINUTE - SECOND)
    for n in range(12):
        office.beat(f"p{n:02}", idle_s=n)
    assert office.later(SECOND).claim("ana").word is Word.ALL_IN_USE
    assert office.people == [f"p{n:02}" for n in range(10)]
    assert [office.beat(person).word for person in ("p10", "p11")] == [Word.REDUCED] * 2


@pytest.mark.rule("LIC-4", part="when all are in use: other")
def test_the_highest_number_of_a_cycle_is_billed_at_the_extra_price(office: Office):
    choose(office, LICENCES_OVER_PERCENT, 25, plan="specialist")  # of ten: two
    office.fill(12)
    refused = office.claim("ana")
    assert (refused.word, refused.in_use, refused.owned) == (Word.ALL_IN_USE, 12, 10)
    office.leave("p00")
    office.later(timedelta(days=1)).claim("ana")
    end = office.tenant.contract.cycle_end
    assert end is not None
    renew_due(now=end)
    issued = invoices.list_for_customer(office.tenant.customer_id)
    lines = [line for invoice in issued for line in invoices.get(invoice.id).lines]
    [line] = [line for line in lines if line.kind is LineKind.LICENCE_PEAK]
    assert (line.quantity, line.unit_price_micro) == (2, 215_000_000)
    assert line.amount_minor == 2 * 215_00


@pytest.mark.rule("LIC-4", part="when all are in use: default")
@pytest.mark.rule("LIC-4", part="seen and freed")
def test_all_others_are_refused_and_an_administrator_can_free_a_licence(office: Office):
    office.fill(10)
    assert office.claim("ana").word is Word.ALL_IN_USE
    who = {"contract_id": office.tenant.contract_id, "customer_id": office.tenant.customer_id, "actor": "ana"}
    free_licence(**who, person="p04", now=office.now)
    assert office.claim("ana").word is Word.GRANTED
    assert office.beat("p04").word is Word.FREED
    told = events.last(name="licence.freed", subject=("contract", office.tenant.contract_id))
    assert told is not None
    assert told.personal_before == {"person": "p04"}
    with pytest.raises(NobodyIn):
        free_licence(**who, person="p04", now=office.now)


@pytest.mark.rule("LIC-9", part="kept licences: other")
@pytest.mark.rule("LIC-9", part="at most what is owned")
def test_licences_that_are_kept_for_a_group_are_nobody_elses(office: Office):
    who = {"contract_id": office.tenant.contract_id, "customer_id": office.tenant.customer_id, "actor": "ana"}
    for kept, refusal in (
        ({"supervisors": 10, "agent": 1}, KeptBeyondOwned),
        ({"Über uns": 1}, NoGroupName),
        ({"agent": 0}, KeptTooMany),
    ):
        with pytest.raises(refusal):
            keep_licences(**who, kept=kept, now=office.now)
    assert queries.kept(office.tenant.contract_id) == {}
    keep_licences(**who, kept={"supervisors": 2}, now=office.now)
    office.fill(8)
    assert office.claim("ana").word is Word.ALL_IN_USE
    assert office.wait("ana").position == 1
    assert office.claim("olga", groups=("supervisors",)).word is Word.GRANTED
    assert office.claim("otto", groups=("agent", "supervisors")).word is Word.GRANTED
    assert office.claim("oscar", groups=("supervisors",)).word is Word.ALL_IN_USE
    office.leave("olga")  # hers goes to nobody who is no supervisor
    assert office.beat("ana").position == 1
    office.leave("p00")
    assert office.beat("ana").word is Word.SET_ASIDE
    keep_licences(**who, kept={}, now=office.now)
    assert office.claim("bruno").word is Word.GRANTED


@pytest.mark.rule("LIC-9", part="kept licences: other")
def test_who_was_lost_comes_back_on_no_licence_that_is_kept_for_others(office: Office):
    office.fill(10)
    licences.keep(office.tenant.contract_id, {"supervisors": 2}, now=office.now)
    for _ in range(2):  # p08 and p09 are not heard of any more
        office.later(3 * MINUTE)
        for n in range(8):
            office.beat(f"p{n:02}")
    assert office.claim("p09").word is Word.ALL_IN_USE
    assert office.beat("p08").word is Word.LOST
    for person in ("olga", "otto"):
        assert office.claim(person, groups=("supervisors",)).word is Word.GRANTED


@pytest.mark.rule("LIC-9", part="kept licences: default")
def test_no_licence_is_kept_for_anybody(office: Office):
    office.fill(9)
    assert office.claim("ana", groups=("viewer",)).word is Word.GRANTED
    assert office.later(MINUTE).claim("olga", groups=("supervisors",)).word is Word.ALL_IN_USE
