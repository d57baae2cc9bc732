"""The seller's page of metering, and that it exists for nobody else (ACC-1, ACC-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.identity.models import Person
from abono.domain.usage import minutes
from abono.entrypoints.backoffice.metering.reasons import reason
from abono.entrypoints.backoffice.metering.views import age
from abono.flows.check_books import THE_BOOKS
from abono.kernel.ids import uuid7
from abono.platform import agenda, clock, events
from abono.platform.models import Due, Event
from abono.platform.queue import Lane
from tests import sql
from tests.answered import answered
from tests.entrypoints.portal.reading import path_of, signed_in, words
from tests.world import PASSWORD, code, hold, make_luna, make_olga

PAGE = "/en/back-office/metering/"


def count(how_many, *, operation="holds", code=minutes.GRANTED, ago=timedelta(0)):
    answered({(operation, code): how_many}, at=clock.now() - ago)


def test_what_goes_through_is_told_by_the_minute(olga):
    count(1_234, ago=timedelta(minutes=1))
    count(1_000, operation="settlements", ago=timedelta(minutes=1))
    count(7, operation="interactions", ago=timedelta(minutes=30))
    answer = olga.get(PAGE)
    page = words(answer)
    assert "Sends held 1,234 in the last whole minute" in page
    assert "Sends settled 1,000 in the last whole minute" in page
    assert "Contact events 0 in the last whole minute" in page
    assert answer.content.decode().count('<svg class="chart-drawing"') == 3
    assert answer["Cache-Control"] == "private, no-store"


def test_what_is_refused_is_told_with_its_reason(olga):
    count(3, code="no_price")
    count(40, code="no_price", ago=timedelta(hours=2))
    count(5, operation=minutes.REQUESTS, code="busy")
    count(1, code="a_new_code")
    page = words(olga.get(PAGE))
    assert "The package has no price for it no_price Holds 3 43" in page
    assert "Too much waits already: nothing was done busy Whole requests 5 5" in page
    assert "a_new_code Holds 1 1" in page


def test_an_idle_meter_says_so(olga):
    page = words(olga.get(PAGE))
    assert page.count("None in the last hour.") == 3
    assert "Nothing was refused in the last day." in page
    assert "every send is settled" in page


def test_the_oldest_open_hold_is_told_with_whose_it_is(olga, padaria):
    hold(padaria.contract_id, count=2, at=clock.now() - timedelta(hours=3, minutes=5, seconds=30))
    hold(padaria.contract_id, at=clock.now())
    page = words(olga.get(PAGE))
    assert f"Oldest open hold 3 h 5 min Padaria Sol Ltda., {padaria.contract.number}" in page


@pytest.mark.rule("INT-7", part="kept for the seller")
def test_events_that_came_too_late_are_told(olga, padaria):
    assert "There are none." in words(olga.get(PAGE))
    sql.run(
        "INSERT INTO metering_late_event"
        " (contract_id, event_id, contact, happened_at, channel, kind, cycle_start, told_at)"
        " VALUES (%s, %s, %s, '2026-01-05 10:00Z', 'sms', 'contact_message', '2026-01-01 03:00Z', '2026-03-05 10:00Z')",
        padaria.contract_id,
        uuid7(),
        uuid7(),
    )
    page = words(olga.get(PAGE))
    late = "Padaria Sol Ltda. {} sms The contact wrote 5 Jan 2026\xa010:00 5 Mar 2026\xa010:00"
    assert late.format(padaria.contract.number).replace("\xa0", " ") in page.replace("\xa0", " ")


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize(("days", "shown"), [(1, True), (3, False)])
def test_books_that_do_not_agree_are_told_first(olga, days, shown):
    at = clock.now() - timedelta(days=days)
    data = {"differences": 7}
    events.record(name="books.differ", subject=THE_BOOKS, customer_id=None, actor="system", now=at, data=data)
    page = words(olga.get(PAGE))
    assert ("the books do not agree" in page) is shown
    assert ("Differences: 7." in page) is shown


def test_a_browser_asks_again_for_the_live_part_alone(olga):
    text = olga.get(PAGE).content.decode()
    assert f'hx-get="{PAGE}" hx-trigger="every 10s"' in text
    assert 'hx-select="#live"' in text


@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_it_opens_in_every_language(olga, language):
    assert olga.get(f"/{language}/back-office/metering/").status_code == 200


@pytest.mark.rule("ACC-1", "ACC-2")
def test_for_everybody_else_it_does_not_exist(padaria):
    make_luna(now=clock.now())
    nothing = {}
    for who in (
        "ana@padaria.example",
        "bruno@padaria.example",
        "carla@padaria.example",
        "diego@luna.example",
    ):
        client = signed_in(who)
        answers = [client.get(PAGE), client.post(PAGE), client.get("/en/back-office/nothing/")]
        assert [answer.status_code for answer in answers] == [404, 404, 404], who
        nothing[who] = {words(answer) for answer in answers}
    assert all(len(pages) == 1 for pages in nothing.values())
    refused = Event.objects.filter(name="access.refused")
    assert {event.data["page"] for event in refused} == {"backoffice:metering"}
    assert refused.count() == 8


@pytest.mark.rule("ACC-1")
def test_nobody_signs_in_first_and_then_comes_back(client, db):
    make_olga()
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert path_of(answer["Location"]) == "/en/sign-in/"
    signed = client.post(
        answer["Location"], {"email": "olga@abono.example", "password": PASSWORD, "next": PAGE}
    )
    assert client.post(signed["Location"], {"code": code()})["Location"] == PAGE


@pytest.mark.rule("ACC-1")
def test_staff_begin_in_the_back_office(client, db):
    make_olga()
    signed = client.post("/en/sign-in/", {"email": "olga@abono.example", "password": PASSWORD})
    assert client.post(signed["Location"], {"code": code()})["Location"] == PAGE


@pytest.mark.rule("ACC-1")
def test_staff_that_may_not_sign_in_any_more_see_nothing(olga):
    Person.objects.filter(email="olga@abono.example").update(is_active=False)
    assert olga.get(PAGE).status_code in (302, 404)
    Person.objects.filter(email="olga@abono.example").update(is_active=True, is_staff=False)
    assert olga.get(PAGE).status_code == 404


@pytest.mark.parametrize(
    ("time", "said"),
    [(-1, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h 0 min"), (90_000, "25 h 0 min")],
)  # fmt: skip
def test_an_age_in_words(time, said):
    assert age(timedelta(seconds=time)) == said


def test_a_reason_without_words_is_shown_as_it_is():
    assert reason("never_heard") == "never_heard"


def test_how_old_the_oldest_work_is_and_what_was_given_up(olga):
    page = words(olga.get(PAGE))
    assert "Oldest work that is due – nothing waits" in page
    assert "abono parked" not in page
    now, kind = clock.now(), agenda.Kind("renew", Lane.BILLING)
    for _ in range(2):
        agenda.note(kind, subject=uuid7(), due_at=now - timedelta(minutes=12), now=now)
    Due.objects.filter(id=Due.objects.first().id).update(parked_at=now)
    page = words(olga.get(PAGE))
    assert "Oldest work that is due 12 min" in page
    assert "nothing tries it any more: 1. Run “abono parked” to see it." in page
