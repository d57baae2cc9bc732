"""People wait in order, and what comes free is theirs in that order (LIC-7, LIC-8, LIC-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.licences import actions as licences
from abono.domain.licences import queries
from abono.domain.settings.actions import set_value
from abono.domain.settings.licences import LEASE_IDLE, LEASE_SECOND_DEVICE, LEASE_SET_ASIDE
from abono.flows.licences.ask import ask_licences
from abono.flows.licences.facts import Claim, Leave
from abono.flows.licences.free import free_licence
from abono.flows.licences.said import Word
from tests.domain.licences.office import MINUTE, SECOND, Office
from tests.world import load_catalog, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


@pytest.fixture
def office() -> Office:
    """Ten licences, all of them in use."""
    load_catalog()
    office = Office(make_padaria())
    office.fill(10)
    return office


@pytest.mark.rule("LIC-7", part="position told")
@pytest.mark.rule("LIC-7", part="set aside for the first")
@pytest.mark.rule("LIC-7", part="nobody jumps")
@pytest.mark.rule("LIC-7", part="set aside for 30 s: default")
@pytest.mark.rule("LIC-10", part="spells")
def test_what_comes_free_is_for_the_first_who_waits_then_for_the_next(office: Office):
    assert [
        (said.word, said.position, said.next_s) for said in map(office.wait, ("ana", "bruno", "carla"))
    ] == [
        (Word.WAITING, 1, 10),
        (Word.WAITING, 2, 10),
        (Word.WAITING, 3, 10),
    ]
    office.leave("p00")
    assert office.claim("diego").word is Word.ALL_IN_USE  # it is free, and not for him
    office.later(10 * SECOND)
    first, second = office.beat("ana"), office.beat("bruno")
    assert (first.word, first.left_s, first.position) == (Word.SET_ASIDE, 20, None)
    assert (second.word, second.position) == (Word.WAITING, 1)  # who has one set aside waits no more
    assert [(p.person, p.position) for p in queries.waiting(office.tenant.contract_id, at=office.now)] == [
        ("ana", None),
        ("bruno", 1),
        ("carla", 2),
    ]
    for _ in range(2):  # Ana does not press the button
        office.later(10 * SECOND)
        office.beat("carla")
        told = office.beat("bruno")
    assert (told.word, told.left_s) == (Word.SET_ASIDE, 30)
    assert office.beat("ana").word is Word.LOST
    assert (office.claim("ana").word, office.wait("ana").position) == (Word.ALL_IN_USE, 2)
    assert office.claim("bruno").word is Word.GRANTED
    assert office.beat("carla").position == 1
    # One spell of each that was refused, however often they tried.
    found = queries.spells(
        office.tenant.contract_id, since=office.now - MINUTE, until=office.now + MINUTE, limit=9
    )
    assert {one.person: (one.tries, one.waited, one.got_in_at) for one in found} == {
        "ana": (3, True, None),
        "bruno": (1, True, office.now),
        "carla": (1, True, None),
        "diego": (1, False, None),
    }


@pytest.mark.rule("LIC-7", part="nobody jumps")
def test_who_comes_in_the_same_batch_as_somebody_goes_does_not_overtake_who_waits(office: Office):
    office.wait("ana")

    gone, new = ask_licences(
        [Leave("p00", office.contract, "p00"), Claim("diego", office.contract, "diego")],
        customer_id=office.tenant.customer_id,
        now=office.now,
    )

    assert (gone.word, new.word) == (Word.RELEASED, Word.ALL_IN_USE)
    assert office.beat("ana").word is Word.SET_ASIDE
    assert office.claim("ana").word is Word.GRANTED
    assert len(office.people) == 10


@pytest.mark.rule("LIC-7", part="heartbeat keeps the place")
@pytest.mark.rule("LIC-7", part="set aside for 30 s: other")
def test_a_place_is_kept_by_one_heartbeat_of_two_and_lost_without(office: Office):
    set_value(setting=LEASE_SET_ASIDE, value="PT90S", actor="olga", why="a test", now=office.now)
    office.wait("ana")
    office.later(SECOND).wait("bruno")
    assert office.later(19 * SECOND).beat("ana").position == 1  # one was missed
    assert office.later(5 * SECOND).beat("bruno").position == 2
    assert office.later(20 * SECOND).beat("bruno").position == 1  # Ana is not heard of
    assert office.beat("ana").word is Word.LOST
    assert office.beat("nobody").word is Word.NO_LEASE
    office.leave("p05")
    assert office.later(80 * SECOND).beat("bruno").left_s == 10
    office.leave("bruno")
    assert office.claim("carla").word is Word.GRANTED


@pytest.mark.rule("LIC-7", part="position told")
@pytest.mark.parametrize(("devices", "other"), [("takes_over", Word.TAKEN_OVER), ("shares", Word.GRANTED)])
def test_devices_of_one_person_wait_at_one_place_and_what_becomes_of_it_is_told_to_each(
    office: Office, devices: str, other: Word
):
    set_value(setting=LEASE_SECOND_DEVICE, value=devices, actor="olga", why="a test", now=office.now)
    for device in ("desk", "phone", "tablet"):
        assert office.wait("ana", device).position == 1
    assert office.wait("bruno").position == 2
    office.leave("ana", "tablet")  # the others wait on
    assert [office.beat("ana", device).position for device in ("phone", "desk")] == [1, 1]
    office.leave("p00")
    assert office.beat("ana", "phone").word is Word.SET_ASIDE
    assert office.claim("ana", "desk").in_use == 10
    assert office.beat("ana", "phone").word is other
    assert office.beat("bruno").position == 1
    who = {"contract_id": office.tenant.contract_id, "customer_id": office.tenant.customer_id, "actor": "ana"}
    free_licence(**who, person="bruno", now=office.now)
    assert office.beat("bruno").word is Word.FREED


@pytest.mark.rule("LIC-8", part="told why")
@pytest.mark.rule("LIC-9", part="kept licences: other")
def test_an_idle_licence_that_is_kept_for_a_group_goes_on_within_it(office: Office):
    set_value(setting=LEASE_IDLE, value="PT1M", actor="olga", why="a test", now=office.now)
    licences.keep(office.tenant.contract_id, {"night": 1}, now=office.now)
    office.leave("p00")
    office.claim("otto", groups=("night",))
    office.later(MINUTE)
    for n in range(1, 10):
        office.beat(f"p{n:02}", idle_s=0)
    assert office.wait("olga", groups=("night",)).word is Word.GRANTED
    lease = queries.lease_of(office.tenant.contract_id, "olga", at=office.now)
    assert lease is not None
    assert lease.kept_for == "night"


@pytest.mark.rule("LIC-8", part="idle leases go on: other")
@pytest.mark.rule("LIC-9", part="kept licences: other")
def test_once_a_licence_that_is_kept_is_taken_who_was_passed_over_for_it_has_the_next_idle_one(
    office: Office,
):
    set_value(setting=LEASE_IDLE, value="PT1M", actor="olga", why="a test", now=office.now)
    licences.keep(office.tenant.contract_id, {"night": 1}, now=office.now)  # all are in use, by others
    office.later(MINUTE)
    for n in range(2, 10):
        office.beat(f"p{n:02}", idle_s=0)
    assert office.wait("hugo").word is Word.WAITING  # what is idle is one too few for him: one is kept
    assert office.wait("olga", groups=("night",)).word is Word.GRANTED
    waiting = queries.waiting(office.tenant.contract_id, at=office.now)
    assert [(one.person, one.position) for one in waiting] == [("hugo", None)]  # set aside, in the same call


@pytest.mark.rule("LIC-8", part="idle leases go on: other")
@pytest.mark.rule("LIC-9", part="kept licences: other")
def test_an_idle_licence_that_was_kept_for_a_group_and_is_no_more_goes_to_the_first_who_waits(office: Office):
    set_value(setting=LEASE_IDLE, value="PT1M", actor="olga", why="a test", now=office.now)
    licences.keep(office.tenant.contract_id, {"night": 1}, now=office.now)
    office.leave("p00")
    office.claim("otto", groups=("night",))
    licences.keep(office.tenant.contract_id, {}, now=office.now)
    office.later(MINUTE)
    for n in range(1, 10):
        office.beat(f"p{n:02}", idle_s=0)
    assert office.wait("olga").word is Word.GRANTED
    assert office.beat("otto").word is Word.IDLE


@pytest.mark.rule("LIC-8", part="told why")
@pytest.mark.rule("LIC-8", part="idle leases go on: other")
def test_the_longest_idle_go_when_somebody_waits(office: Office):
    set_value(setting=LEASE_IDLE, value="PT10M", actor="olga", why="a test", now=office.now)
    for _ in range(15):
        office.later(MINUTE)
        for n in range(10):
            office.beat(f"p{n:02}", idle_s=n * 70)
    assert office.claim("ana").word is Word.ALL_IN_USE  # does not wait
    assert len(office.people) == 10
    came = office.wait("ana")
    assert (came.word, came.in_use) == (Word.GRANTED, 10)
    assert office.beat("p09").word is Word.IDLE
    assert office.wait("bruno").word is Word.WAITING  # all others did something within ten minutes


@pytest.mark.rule("LIC-8", part="idle leases go on: default")
def test_nobody_goes_for_being_idle(office: Office):
    office.later(MINUTE)
    for n in range(10):
        office.beat(f"p{n:02}", idle_s=3600)
    assert office.wait("ana").word is Word.WAITING
    assert office.later(timedelta(seconds=10)).beat("p00", idle_s=36000).word is Word.GRANTED


@pytest.mark.rule("LIC-10", part="spells")
def test_who_gets_in_at_once_was_not_refused_ever_since_a_try_of_hours_ago(office: Office):
    set_value(setting=LEASE_IDLE, value="PT10M", actor="olga", why="a test", now=office.now)
    began = office.now
    office.claim("ana")
    for _ in range(40):
        office.later(MINUTE)
        for n in range(10):
            office.beat(f"p{n:02}", idle_s=3600)
    assert office.wait("ana").word is Word.GRANTED
    spells = queries.spells(office.tenant.contract_id, since=began, until=office.now + MINUTE, limit=9)
    assert ("ana", began, None) in [(one.person, one.first_at, one.got_in_at) for one in spells]
