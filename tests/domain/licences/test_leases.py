"""People come in up to what is owned, are kept in by their heartbeats and lost by time (LIC-1, LIC-2, LIC-3)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from abono.domain.contracts.models import Contract
from abono.domain.identity.actions import change_email
from abono.domain.identity.models import Membership
from abono.domain.licences import actions, hot, queries
from abono.domain.licences.check import LICENCES
from abono.domain.licences.types import Op, Status
from abono.domain.settings.queries import Snapshot
from abono.flows.licences.ask import ask_licences, contracts_of
from abono.flows.licences.facts import Claim, Leave
from abono.flows.licences.look import Given, look
from abono.flows.licences.policy import SHIPPED
from abono.flows.licences.said import Said, Word
from abono.kernel.ids import public
from tests import sql
from tests.domain.licences.office import MINUTE, SECOND, Office
from tests.world import load_catalog, make_luna, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


@pytest.fixture
def office() -> Office:
    load_catalog()
    return Office(make_padaria())  # Specialist: 10 licences


@pytest.mark.rule("LIC-1", part="one lease, one person")
@pytest.mark.rule("LIC-1", part="returned")
@pytest.mark.rule("LIC-1", part="next heartbeat said")
@pytest.mark.rule("LIC-2", part="never above what is owned")
def test_as_many_come_in_as_are_owned_and_one_more_when_somebody_goes(office: Office):
    people = office.fill(9)
    tenth = office.claim("ana", device="Firefox")
    assert (tenth.word, tenth.in_use, tenth.owned) == (Word.GRANTED, 10, 10)
    assert (tenth.next_s, tenth.left_s, tenth.until) == (60, 300, office.now + 5 * MINUTE)
    refused = office.claim("bruno")
    assert (refused.word, refused.in_use, refused.owned, refused.next_s) == (Word.ALL_IN_USE, 10, 10, None)
    again = office.claim("ana", device="Firefox")  # the answer was lost on its way
    assert (again.word, again.replayed, again.in_use) == (Word.GRANTED, True, 10)
    assert office.leave("p03").word is Word.RELEASED
    assert office.leave("p03").word is Word.RELEASED  # likewise
    assert office.claim("bruno").in_use == 10
    assert office.people == sorted({*people, "ana", "bruno"} - {"p03"})
    assert queries.in_use(office.tenant.contract_id, at=office.now).owned == 10


@pytest.mark.rule("LIC-2", part="never above what is owned")
@pytest.mark.parametrize("more", [2, 12], ids=["all find room", "one contract is full"])
def test_people_of_two_contracts_who_come_together_are_told_what_they_would_be_one_after_the_other(
    office: Office, more: int
):
    luna = Office(make_luna())
    for one in (office, luna):
        one.fill(3)
    padaria, ferreteria = office.contract, luna.contract
    facts = [
        Claim("ana", padaria, "ana"),
        Claim("p00", padaria, "p00"),  # the same again
        Leave("p01", padaria, "p01"),
        Claim("diego", ferreteria, "diego"),
        Leave("nobody", ferreteria, "nobody"),
        Claim("another device", ferreteria, "p00"),
        Leave("p01", ferreteria, "p01"),
        *(Claim(f"new{n}", padaria, f"new{n}") for n in range(more)),
        Claim("carla", ferreteria, "carla"),
        Leave("another id", ferreteria, "p02"),
    ]

    def told(*, apart: bool) -> tuple[list[Said], object]:
        with transaction.atomic():
            said = [
                one
                for some in ([[fact] for fact in facts] if apart else [facts])
                for one in ask_licences(some, customer_id=None, now=office.now)
            ]
            rows = sql.run("SELECT contract_id, person, ids, was, until FROM licences_lease ORDER BY 1, 2")
            peaks = sql.run("SELECT contract_id, peak, over, owned FROM licences_peak ORDER BY 1")
            for what, statement in LICENCES.items():
                assert sql.run(statement) == [], what
            transaction.set_rollback(True)
        return said, (rows, peaks)

    assert told(apart=False) == told(apart=True)


@pytest.mark.rule("LIC-1", part="lost by time")
@pytest.mark.rule("LIC-1", part="late heartbeat")
def test_who_is_not_heard_of_is_lost_to_somebody_else_and_to_nobody_before(office: Office):
    office.fill(10)
    office.later(4 * MINUTE)
    for n in range(8):  # all but p08 and p09 are there
        assert office.beat(f"p{n:02}").word is Word.GRANTED
    office.later(MINUTE - SECOND)
    assert office.claim("ana").word is Word.ALL_IN_USE
    office.later(SECOND)  # five minutes after they came
    assert len(office.people) == 8
    late = office.beat("p08")  # nobody took it
    assert (late.word, late.left_s) == (Word.GRANTED, 300)
    assert office.claim("ana").word is Word.GRANTED
    lost = office.beat("p09")
    assert (lost.word, lost.next_s) == (Word.LOST, None)
    assert office.claim("bruno").word is Word.ALL_IN_USE
    assert office.beat("nobody").word is Word.NO_LEASE
    assert office.beat("p00", "of another id").word is Word.NO_LEASE


@pytest.mark.rule("LIC-3", part="told why")
@pytest.mark.rule("LIC-3", part="second device: default")
def test_the_same_person_takes_their_lease_over_and_the_first_device_is_told(office: Office):
    office.fill(9)
    office.claim("ana@padaria.example", "desk")
    for n in range(12):  # one after the other on a dozen devices, in capital letters
        came = office.claim("Ana@Padaria.example", f"device {n}")
        assert (came.word, came.in_use) == (Word.GRANTED, 10)
    assert office.beat("ana@padaria.example", "device 10").word is Word.TAKEN_OVER
    assert office.claim("ana@padaria.example", "device 10").word is Word.TAKEN_OVER  # no ping-pong
    assert office.beat("ana@padaria.example", "device 11").word is Word.GRANTED
    office.leave("ana@padaria.example", "device 10")  # of no effect
    assert "ana@padaria.example" in office.people


@pytest.mark.rule("LIC-1", part="one lease, one person")
@pytest.mark.rule("LIC-3", part="told why")
def test_a_member_named_by_id_on_one_device_and_by_address_on_another_is_one_person(office: Office):
    ana, other = public("usr", office.tenant.people["ana"]), public("usr", uuid4())
    assert office.claim(ana, "desk").in_use == 1
    assert office.claim("Ana@Padaria.example", "phone").in_use == 1
    assert office.people == ["ana@padaria.example"]
    assert office.beat(ana, "desk").word is Word.TAKEN_OVER
    assert office.beat(ana, "phone").word is Word.GRANTED
    office.leave(ana, "phone")
    assert office.claim(other, "laptop").word is Word.GRANTED
    assert office.people == [other]  # of whom we know no more


@pytest.mark.rule("LIC-1", part="one lease, one person")
@pytest.mark.rule("LIC-1", part="returned")
def test_who_changes_their_address_while_they_are_in_stays_in_and_goes_by_the_same_id(office: Office):
    person = office.tenant.people["ana"]
    ana, was = public("usr", person), "ana@padaria.example"
    office.claim(ana, "desk")
    for now in ("ana@sol.example", "ana@luz.example"):
        with transaction.atomic():
            change_email(person_id=person, before=was, after=now, keep="", actor="ana", now=office.now)
        was = now
        assert office.beat(ana, "desk").word is Word.GRANTED
    assert office.beat("ana@padaria.example", "desk").word is Word.GRANTED  # who named them so goes on
    assert office.beat(ana, "phone").word is Word.NO_LEASE
    assert office.beat(public("usr", office.tenant.people["bruno"]), "desk").word is Word.NO_LEASE
    office.leave(ana, "desk")
    assert office.people == []
    assert office.beat(ana, "desk").word is Word.NO_LEASE


@pytest.mark.rule("LIC-5", part="deactivated")
def test_who_is_let_in_no_more_is_forgotten_once_they_are_a_member_again_or_nobody_comes_in_for_long(
    office: Office,
):
    tenant = office.tenant
    for person in ("bruno", "carla"):
        actions.bar(tenant.customer_id, tenant.people[person], [f"{person}@padaria.example"])
    Membership.objects.filter(person_id=tenant.people["carla"]).update(deactivated_at=office.now)

    def barred() -> list[str]:
        return [person for (person,) in sql.run("SELECT person FROM licences_barred ORDER BY person")]

    actions.forget_old(now=office.now + timedelta(days=1_000))
    assert barred() == ["carla@padaria.example"]
    Contract.objects.filter(id=tenant.contract_id).update(state="ended", ended_at=office.now)
    actions.forget_old(now=office.now + timedelta(days=400))
    assert barred() == ["carla@padaria.example"]
    actions.forget_old(now=office.now + timedelta(days=401))
    assert barred() == []


def test_a_lease_that_nobody_took_for_a_day_is_over(office: Office):
    office.fill(3)
    office.later(timedelta(days=1, minutes=5))
    assert office.claim("ana").in_use == 1
    assert office.beat("p00").word is Word.LOST


def test_what_is_old_goes_by_night_also_of_a_contract_of_which_nobody_asks_any_more(office: Office):
    def left() -> list[int]:
        tables = ("lease", "place", "gone", "spell", "peak")
        return [sql.run(f"SELECT count(*) FROM licences_{table}")[0][0] for table in tables]

    office.fill(10)
    for person in ("ana", "bruno"):
        office.wait(person)
    came = office.now
    told = []
    for days in (1, 2, 8, 10, 401, 761):
        actions.forget_old(now=came + timedelta(days=days))
        told.append(left())
        assert [query for query in LICENCES.values() if sql.run(query)] == []
    assert told == [
        [10, 2, 0, 2, 1],
        [0, 0, 12, 2, 1],
        [0, 0, 12, 2, 1],
        [0, 0, 0, 2, 1],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0],
    ]
    assert office.later(timedelta(days=2)).claim("ana").in_use == 1


def test_all_who_are_heard_of_again_after_an_hour_count_as_in_at_once(office: Office):
    """The platform was away, and nobody claims: each heartbeat alone brings somebody back."""
    people = office.fill(10)
    office.later(timedelta(hours=1))
    assert {office.beat(person).word for person in people} == {Word.GRANTED}
    hour = {"since": office.now, "until": office.now + timedelta(hours=1)}
    used = queries.used(office.tenant.contract_id, **hour, at=office.now)
    assert [peak for _at, peak in used.peaks] == [10]


def test_seconds_are_counted_from_the_answer_not_from_the_question(office: Office):
    """A statement may have waited for others; the lease lasts from its moment."""
    asked = office.now
    batch = look(
        [Claim("a", office.contract, "ana")],
        Given(contracts_of([office.contract], customer_id=None), Snapshot(), asked),
    )
    until = asked + 3 * SECOND + 5 * MINUTE
    [said] = batch.say([actions.Answered(Status.GRANTED, until)], now=asked + 4 * SECOND)
    assert (said.left_s, said.until, said.at) == (299, until, asked + 4 * SECOND)


def test_a_contract_that_is_no_more_lets_nobody_in(office: Office):
    """An order that nobody paid is forgotten; processes remember its contract for a minute."""
    [told] = actions.decide([hot.event(str(uuid4()), office.now, SHIPPED, Op.CLAIM, "ana", "a")])
    assert (told.status, told.why) == (Status.NOT_RUNNING, "contract_ended")
