"""Every route that the resolver knows, by every profile, by a stranger, by nobody (ACC-1, ACC-2, SEE-2)."""

from __future__ import annotations

from itertools import product

import pytest
from django.test import Client
from django.urls import reverse

from abono.domain.identity.roles import Act
from abono.domain.identity.types import Profile
from abono.domain.payments import queries as payments
from abono.entrypoints.site import admission
from abono.entrypoints.site.access import ACCESS
from abono.entrypoints.site.navigation import back_office, menu
from abono.entrypoints.site.style.views import SampleVisit
from abono.kernel.ids import public, uuid7
from abono.platform.models import Event
from tests.entrypoints.portal.reading import path_of, signed_in, words
from tests.entrypoints.site.routes import POST_ONLY, ROUTES, address, ask
from tests.examples import first_by_day

MOST_APART = (Profile.ADMINISTRATOR, Profile.AGENT, Profile.VIEWER)  # those who may do most and least first
PEOPLE = {Profile.ADMINISTRATOR: "ana", Profile.VIEWER: "bruno", Profile.AGENT: "carla"}
CLOSED = sorted(name for name in ROUTES if name in ACCESS and ACCESS[name].members)
STAFF_ONLY = {name for name, rule in ACCESS.items() if rule.staff is not None}
BY_ID = sorted(name for name in CLOSED if ROUTES[name].pattern.converters)


@pytest.mark.rule("ACC-1", part="one table")
def test_the_table_names_every_route_and_no_other():
    assert set(ROUTES) == set(ACCESS)
    assert {name for name in ROUTES if name.startswith("backoffice:")} == STAFF_ONLY


@pytest.mark.rule("ACC-1", part="one table")
def test_what_is_not_in_the_table_is_refused(ana, monkeypatch):
    monkeypatch.delitem(ACCESS, "portal:usage-csv")
    assert ana.get("/en/usage/csv/").status_code == 403
    assert ana.get("/en/usage/").status_code == 200


def test_each_page_is_for_one_sort_of_people():
    """Members, the seller's people, whoever is signed in, or everybody; acting as a customer is a way to see what
    members see."""
    sorts = {
        name: (bool(rule.members), rule.staff is not None, rule.signed_in, rule.everybody)
        for name, rule in ACCESS.items()
    }
    assert {name for name, sort in sorts.items() if sum(sort) != 1} == set()
    assert {name for name, rule in ACCESS.items() if rule.acting_as and not rule.members} == set()


def test_each_page_marks_the_entry_of_the_menu_to_which_it_belongs():
    lost = []
    beside_all = {"backoffice:help-article"}
    for name in sorted({*CLOSED, *STAFF_ONLY} - POST_ONLY - beside_all):
        pattern = ROUTES[name].pattern
        path = reverse(name, args=["1" for _part in pattern.converters])
        groups = (
            back_office(set(Act), path=path, counts={})
            if name in STAFF_ONLY
            else menu(SampleVisit(), path=path)
        )
        items = [item for group in groups for item in group.items]
        lost += [name] * (sum(item.current for item in items) != 1)
    assert lost == []


def test_a_page_that_may_be_seen_acting_as_a_customer_takes_nothing(ana, ids):
    """Acting as a customer is read-only (ACC-5): such a page knows no POST, so it can change nothing."""
    seen = sorted(name for name, rule in ACCESS.items() if rule.acting_as)
    assert {name for name in seen if ana.post(address(name, ids)).status_code != 405} == set()
    assert {name for name in CLOSED if not ACCESS[name].acting_as} >= POST_ONLY - STAFF_ONLY - {
        "portal:sign-out",
        "portal:invitation-leave",
        "portal:session-end",
        "portal:passkey-second",
        "portal:passkey-again",
        "portal:sessions-end",
    }


ANSWERED = {  # answers to what was asked, not to who asks
    ("portal:pay-interim", 409),  # nothing is beyond the package
    ("portal:advance-clock", 409),  # not a sandbox
    ("portal:regret", 409),  # ten days after it was made
    ("portal:change-withdraw", 409),  # it is a quote
    ("portal:wallet-remove", 409),  # the card pays for the contract
    ("portal:keys-create", 422),  # no name, no scopes
    ("portal:mandate", 422),  # no limit is said
    ("portal:slip-pdf", 409),  # it is a Pix
    ("portal:payment-request-make", 404),  # by which means is not said
    ("portal:payment-links-make", 422),  # which one is not said
    ("portal:switch-organization", 404),  # none was named
}


@pytest.mark.rule("SEE-2", part="refused")
@pytest.mark.rule("ACC-1", part="profiles")
@pytest.mark.parametrize("profile", first_by_day(MOST_APART, 2))
def test_a_profile_opens_what_the_table_gives_it_and_nothing_else(profile, padaria, ids):
    client = signed_in(f"{PEOPLE[profile]}@padaria.example")
    wrong = {}
    for name in CLOSED:
        status = ask(client, name, ids).status_code
        opened = status in (200, 302) or (name, status) in ANSWERED
        if opened is not (profile in ACCESS[name].members) or (not opened and status != 403):
            wrong[name] = status
    assert wrong == ({"portal:home": 302} if profile is Profile.AGENT else {})


@pytest.mark.rule("ACC-1", part="profiles")
def test_who_may_not_see_home_is_led_to_their_notices(carla, padaria):
    assert path_of(carla.get("/en/home/").url) == "/en/notices/"


@pytest.mark.rule("ACC-1", "ACC-2")
@pytest.mark.parametrize("profile", first_by_day(MOST_APART))
def test_pages_of_the_seller_do_not_exist_for_any_profile(profile, padaria, ids):
    client = signed_in(f"{PEOPLE[profile]}@padaria.example")
    assert {name: ask(client, name, ids).status_code for name in STAFF_ONLY} == dict.fromkeys(STAFF_ONLY, 404)


def test_who_reloads_the_answer_to_a_form_or_reads_it_in_another_language_comes_to_a_page(ana, olga, ids):
    """What answers a form with a page is asked for with GET then: the menu of languages is a link."""
    wrong = {}
    for name in POST_ONLY:
        who = olga if name in STAFF_ONLY else ana
        led = who.get(address(name, ids), follow=True)
        if led.status_code != 200:
            wrong[name] = led.status_code
    assert wrong == {}


@pytest.mark.rule("SEE-2", part="recorded")
def test_every_refused_request_is_recorded(carla, padaria, ids):
    refused = [name for name in CLOSED if Profile.AGENT not in ACCESS[name].members and name != "portal:home"]
    for name in refused:
        ask(carla, name, ids)
    events = Event.objects.filter(name="access.refused").order_by("id")
    assert [event.data["page"] for event in events] == refused
    assert {event.customer_id for event in events} == {padaria.customer_id}
    assert {event.actor for event in events} == {f"person:{padaria.people['carla']}"}


@pytest.mark.rule("SEE-2", part="recorded")
def test_of_a_person_so_many_refusals_a_day_are_recorded(carla, padaria, monkeypatch):
    """V-26: whoever tries for a day long fills no record; of others nothing is lost."""
    monkeypatch.setattr(admission, "REFUSALS_A_DAY", 3)
    for _ in range(5):
        assert carla.get("/en/settings/wallet/").status_code == 403
    bruno = signed_in("bruno@padaria.example")
    assert bruno.get("/en/settings/wallet/").status_code == 403
    told = Event.objects.filter(name="access.refused").order_by("id")
    assert [(event.actor.endswith(str(padaria.people["carla"])), "more" in event.data) for event in told] == [
        (True, False),
        (True, False),
        (True, True),
        (False, False),
    ]


@pytest.mark.rule("ACC-1")
def test_nobody_is_sent_to_the_sign_in_page(client, padaria, ids):
    answers = {name: ask(client, name, ids) for name in CLOSED}
    assert {name for name, answer in answers.items() if answer.status_code != 302} == set()
    assert {path_of(answer["Location"]) for answer in answers.values()} == {"/en/sign-in/"}


@pytest.mark.rule("ACC-1")
def test_staff_of_the_seller_is_no_member_of_a_customer(olga, padaria, ids):
    """That an owner opens all of the seller's own pages, test_roles asks."""
    assert {name for name in CLOSED if ask(olga, name, ids).status_code != 403} == set()


@pytest.mark.rule("ACC-2", part="every route, every id")
def test_what_belongs_to_another_customer_does_not_exist(diego, ids):
    """The stranger reads the same page for Padaria's ids, for ids that never were, and for nonsense."""
    never = {key: public(value.partition("_")[0], uuid7()) for key, value in ids.items()}
    nonsense = dict.fromkeys(ids, "inv_0")
    for name, method in product(BY_ID, ("get", "post")):
        answers = [_body(diego, method, name, values) for values in (ids, never, nonsense)]
        led = method == "get" and name in POST_ONLY  # to where the form would be, whatever is there
        assert answers[0][0] in ((302,) if led else (404, 405)), (name, method)
        assert answers[0] == answers[1] == answers[2], (name, method)
        assert ("get" if name not in POST_ONLY else "post") != method or answers[0][0] == 404, name


def _body(client: Client, method: str, name: str, ids: dict[str, str]) -> tuple[int, str]:
    response = getattr(client, method)(address(name, ids))
    return response.status_code, words(response)


@pytest.mark.rule("ACC-2")
def test_a_stranger_changes_nothing_by_foreign_ids(diego, padaria, ids):
    before = payments.wallet(padaria.customer_id)
    diego.post(f"/en/settings/wallet/{ids['card_id']}/use/")
    diego.post(f"/en/settings/wallet/{ids['card_id']}/remove/")
    diego.post(f"/en/settings/contracts/{ids['contract_id']}/change/", {"package": "brl-250"})
    diego.post(f"/en/settings/changes/{ids['change_id']}/")
    assert payments.wallet(padaria.customer_id) == before
    assert padaria.contract.package_code == "brl-100"


def test_a_form_of_another_site_is_refused(padaria, ids):
    client = signed_in("ana@padaria.example", enforce_csrf=True)
    for name in sorted(
        POST_ONLY | {"portal:change-plan", "portal:change", "portal:pay-invoice", "portal:wallet-add"}
    ):
        assert _body(client, "post", name, ids)[0] == 403, name
