"""Refusals and leases that end without their people become events, once for each (LIC-1, LIC-10)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from abono.flows.licences.free import free_licence
from abono.flows.licences.said import Word
from abono.flows.licences.tell import tell_licences
from abono.platform.models import Event, PersonalValues
from tests import sql
from tests.domain.licences.office import MINUTE, Office, own
from tests.world import load_catalog, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


@pytest.fixture
def office() -> Office:
    load_catalog()
    return Office(make_padaria())  # Specialist: 10 licences


def told(name: str) -> list[tuple[object, object]]:
    """Whom events of this name are about, and what they say."""
    found = Event.objects.filter(name=name).order_by("id")
    people = {one.event_id: one.after for one in PersonalValues.objects.filter(event__in=found)}
    return [((people.get(one.id) or {}).get("person"), one.data) for one in found]


@pytest.mark.rule("LIC-10", part="spells")
@pytest.mark.rule("LIC-1", part="lost by time")
def test_a_spell_of_refusals_is_told_once_and_so_is_a_lease_that_somebody_else_got(office: Office):
    office.fill(10)
    office.claim("ana")
    office.later(MINUTE).wait("bruno")
    assert tell_licences(real=office.now) == 2
    office.later(MINUTE).claim("ana")  # the same spell
    assert tell_licences(real=office.now) == 0
    assert told("licence.denied") == [
        ("ana", {"in_use": 10, "owned": 10, "waited": False}),
        ("bruno", {"in_use": 10, "owned": 10, "waited": True}),
    ]
    office.later(10 * MINUTE).claim("zoe")  # all ten were lost by time, and one makes room
    assert tell_licences(real=office.now) == 1
    assert told("licence.reclaimed") == [("p00", {"why": "lost"})]
    free_licence(
        contract_id=office.tenant.contract_id, customer_id=None, person="zoe", actor="ana", now=office.now
    )
    assert tell_licences(real=office.now) == 0  # that has an event of its own
    assert not Event.objects.filter(name__startswith="licence.", data__icontains="ana").exists()


@pytest.mark.rule("LIC-1", part="lost by time")
def test_leases_of_one_person_that_ended_twice_before_it_was_told_are_told_twice(office: Office):
    own(office.tenant.contract_id, 1, at=office.now)
    for person in ("ana", "bruno", "ana", "bruno"):
        assert office.later(10 * MINUTE).claim(person).word is Word.GRANTED
    assert tell_licences(real=office.now) == 3
    assert told("licence.reclaimed") == [(person, {"why": "lost"}) for person in ("ana", "bruno", "ana")]
    assert tell_licences(real=office.now) == 0


def test_what_a_contract_has_that_is_no_more_holds_up_nobody(office: Office):
    nobody = uuid4()
    sql.run(
        "INSERT INTO licences_spell (contract_id, person, first_at, last_at, in_use, owned) VALUES (%s, 'x', %s, %s, 1, 1)",
        nobody,
        *(office.now, office.now),
    )
    sql.run(
        "INSERT INTO licences_gone (contract_id, person, ids, why, gone_at, untold, untold_at)"
        " VALUES (%s, 'x', '{x}', 'lost', %s, '{lost}', %s)",
        nobody,
        *(office.now, [office.now]),
    )
    office.fill(10)
    office.later(MINUTE).claim("ana")
    assert tell_licences(real=office.now) == 1
    assert told("licence.denied") == [("ana", {"in_use": 10, "owned": 10, "waited": False})]
    assert tell_licences(real=office.now) == 0
