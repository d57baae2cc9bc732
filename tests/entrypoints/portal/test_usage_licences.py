"""Licences in use on Home, Usage and the contract in the back office: peaks, refusals, and what would have helped (LIC-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.platform import clock
from tests.domain.licences.office import MINUTE, Office
from tests.entrypoints.portal.reading import words
from tests.world import change


@pytest.fixture
def office(padaria) -> Office:
    """Ten of ten are in; Bruno is refused twice and gets in a quarter of an hour later, Carla never does."""
    office = Office(padaria, clock.now() - timedelta(minutes=30))
    office.fill(10)
    office.claim("bruno@padaria.example")
    office.later(2 * MINUTE).claim("bruno@padaria.example")
    office.claim("carla@padaria.example")
    office.later(13 * MINUTE).claim("bruno@padaria.example")
    office.fill(3)
    office.now = clock.now()
    return office


@pytest.mark.rule("SEE-4", part="licences")
@pytest.mark.rule("FIN-5", part="licences")
@pytest.mark.rule("LIC-10", part="spells")
@pytest.mark.rule("LIC-10", part="peak")
@pytest.mark.rule("LIC-10", part="what would have helped")
def test_pages_say_who_was_in_who_was_refused_and_what_would_have_helped(ana, bruno, olga, office: Office):
    contract = office.tenant.contract
    office.claim("ana@padaria.example")
    assert "Licences 1 in use, of 10 owned" in words(ana.get("/en/home/"))
    page = ana.get("/en/usage/")
    said = words(page)
    assert "Licences 10 in at once, at the most, of 10 owned · 1 now" in said
    assert "At the most 10 people were in at the same time; the contract owns 10." in said
    helped = "One more licence would have avoided 1 of 2 refusals. 2 more would have avoided all of them."
    assert helped in said
    assert f'href="/en/settings/contracts/{contract.public_id}/change/"' in page.text
    assert "bruno@padaria.example" in said
    assert "2 10 of 10 in at" in said  # one spell of two tries
    assert "did not get in" in said
    assert "Most people in at once, by hour of the day" in said
    viewers = words(bruno.get("/en/usage/"))
    assert helped in viewers
    assert "carla@padaria.example" not in viewers  # names of people are for Administrators
    assert "Most people in at once;;;10" in ana.get("/en/usage/csv/").content.decode().replace(",", ";")
    seller = words(olga.get(f"/en/back-office/contracts/{contract.public_id}/"))
    assert "1 in use now" in seller
    assert helped in seller
    change(office.tenant, licences=2, now=clock.now())
    said = words(ana.get("/en/usage/"))
    assert f"{helped} Since the last of them the contract has more licences. Who was refused" in said


@pytest.mark.rule("LIC-10", part="spells")
def test_who_was_refused_and_still_waits_is_said_to_wait(ana, padaria):
    office = Office(padaria, clock.now())
    office.fill(10)
    office.wait("carla@padaria.example")
    said = words(ana.get("/en/usage/"))
    assert "waits in the queue" in said
    assert "did not get in" not in said
    office.leave("p00")
    assert "a licence is set aside for them" in words(ana.get("/en/usage/"))


@pytest.mark.rule("LIC-10", part="peak")
def test_where_nobody_was_in_it_says_so(ana, padaria):
    said = words(ana.get("/en/usage/"))
    assert "Nobody was in during this cycle, as far as your software told us." in said
    assert "by hour of the day" not in said
