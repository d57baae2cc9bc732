"""Every route that the resolver knows, by every profile, by a stranger, by nobody (ACC-1, ACC-2, SEE-2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from abono.domain.identity.types import Profile
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.entrypoints.site.access import ACCESS, STAFF_ONLY
from abono.kernel.ids import public, uuid7
from abono.platform.models import Event
from tests.entrypoints.portal.reading import path_of, signed_in, words
from tests.world import Tenant, make_olga

POST_ONLY = {
    "portal:own-limits-save",
    "portal:pay-interim",
    "portal:wallet-use",
    "portal:notices-read",
    "portal:switch-organization",
    "portal:sign-out",
}
PEOPLE = {Profile.ADMINISTRATOR: "ana", Profile.VIEWER: "bruno", Profile.AGENT: "carla"}


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Every named route of the pages, from the resolver itself: a new one is tested without being listed."""

    def walk(
        patterns: list[URLPattern | URLResolver], spaces: tuple[str, ...]
    ) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
                yield from walk(pattern.url_patterns, inner)
            elif spaces[:1] in (("portal",), ("public",), ("backoffice",)):
                yield ":".join((*spaces, pattern.name or "")), pattern

    return walk(get_resolver().url_patterns, ())


ROUTES = dict(routes())
CLOSED = sorted(name for name in ROUTES if ACCESS.get(name))
BY_ID = sorted(name for name in CLOSED if ROUTES[name].pattern.converters)


@pytest.fixture
def ids(padaria: Tenant) -> dict[str, str]:
    """An id of Padaria's for every kind of route."""
    first = invoices.find(padaria.contract_id, key="first")
    card = payments.card_in_use(padaria.customer_id)
    assert first is not None
    assert card is not None
    return {
        "contract_id": public("ctr", padaria.contract_id),
        "invoice_id": first.public_id,
        "card_id": card.public_id,
    }


def ask(client: Client, name: str, ids: dict[str, str]) -> HttpResponse:
    wanted = {key: ids[key] for key in ROUTES[name].pattern.converters}
    url = reverse(name, kwargs=wanted)
    return client.post(url) if name in POST_ONLY else client.get(url)


@pytest.mark.rule("ACC-1", part="one table")
def test_the_table_names_every_route_and_no_other():
    assert set(ROUTES) == set(ACCESS) | STAFF_ONLY
    assert not STAFF_ONLY & set(ACCESS)
    assert {name for name in ROUTES if name.startswith("backoffice:")} == STAFF_ONLY


ANSWERED = {  # answers to what was asked, not to who asks
    ("portal:pay-interim", 409),  # nothing is beyond the package
    ("portal:advance-clock", 409),  # not a sandbox
    ("portal:wallet-remove", 409),  # the card pays for the contract
    ("portal:switch-organization", 404),  # none was named
}


@pytest.mark.rule("SEE-2", part="refused")
@pytest.mark.rule("ACC-1", part="profiles")
@pytest.mark.parametrize("profile", Profile)
def test_a_profile_opens_what_the_table_gives_it_and_nothing_else(profile, padaria, ids):
    client = signed_in(f"{PEOPLE[profile]}@padaria.example")
    wrong = {}
    for name in CLOSED:
        status = ask(client, name, ids).status_code
        opened = status in (200, 302) or (name, status) in ANSWERED
        if opened is not (profile in ACCESS[name]) or (not opened and status != 403):
            wrong[name] = status
    assert wrong == {}


@pytest.mark.rule("ACC-1", "ACC-2")
@pytest.mark.parametrize("profile", Profile)
def test_pages_of_the_seller_do_not_exist_for_any_profile(profile, padaria, ids):
    client = signed_in(f"{PEOPLE[profile]}@padaria.example")
    assert {name: ask(client, name, ids).status_code for name in STAFF_ONLY} == dict.fromkeys(STAFF_ONLY, 404)


@pytest.mark.rule("SEE-2", part="recorded")
def test_every_refused_request_is_recorded(carla, padaria, ids):
    refused = [name for name in CLOSED if Profile.AGENT not in ACCESS[name]]
    for name in refused:
        ask(carla, name, ids)
    events = Event.objects.filter(name="access.refused").order_by("id")
    assert [event.data["page"] for event in events] == refused
    assert {event.customer_id for event in events} == {padaria.customer_id}
    assert {event.actor for event in events} == {f"person:{padaria.people['carla']}"}


@pytest.mark.rule("ACC-1")
def test_nobody_is_sent_to_the_sign_in_page(client, padaria, ids):
    answers = {name: ask(client, name, ids) for name in CLOSED}
    assert {name for name, answer in answers.items() if answer.status_code != 302} == set()
    assert {path_of(answer["Location"]) for answer in answers.values()} == {"/en/sign-in/"}


@pytest.mark.rule("ACC-1")
def test_staff_of_the_seller_is_no_member_of_a_customer(padaria, ids):
    make_olga()
    olga = signed_in("olga@abono.example")
    assert {name: ask(olga, name, ids).status_code for name in STAFF_ONLY} == dict.fromkeys(STAFF_ONLY, 200)
    assert {name for name in CLOSED if ask(olga, name, ids).status_code != 403} == set()


@pytest.mark.rule("ACC-2", part="every route, every id")
def test_what_belongs_to_another_customer_does_not_exist(diego, ids):
    """The stranger reads the same page for Padaria's ids, for ids that never were, and for nonsense."""
    never = {key: public(value.partition("_")[0], uuid7()) for key, value in ids.items()}
    nonsense = dict.fromkeys(ids, "inv_0")
    for name, method in product(BY_ID, ("get", "post")):
        answers = [_body(diego, method, name, values) for values in (ids, never, nonsense)]
        assert answers[0][0] in (404, 405), (name, method)
        assert answers[0] == answers[1] == answers[2], (name, method)
        assert ("get" if name not in POST_ONLY else "post") != method or answers[0][0] == 404, name


def _body(client: Client, method: str, name: str, ids: dict[str, str]) -> tuple[int, str]:
    wanted = {key: ids[key] for key in ROUTES[name].pattern.converters}
    response = getattr(client, method)(reverse(name, kwargs=wanted))
    return response.status_code, words(response)


@pytest.mark.rule("ACC-2")
def test_a_stranger_changes_nothing_by_foreign_ids(diego, padaria, ids):
    before = payments.wallet(padaria.customer_id)
    diego.post(f"/en/settings/wallet/{ids['card_id']}/use/")
    diego.post(f"/en/settings/wallet/{ids['card_id']}/remove/")
    diego.post(
        f"/en/settings/contracts/{ids['contract_id']}/raise/", {"package": "brl-250", "today_minor": "15000"}
    )
    assert payments.wallet(padaria.customer_id) == before
    assert padaria.contract.package_code == "brl-100"


def test_a_form_of_another_site_is_refused(padaria, ids):
    client = signed_in("ana@padaria.example", enforce_csrf=True)
    for name in sorted(POST_ONLY | {"portal:raise-package", "portal:pay-invoice", "portal:wallet-add"}):
        assert _body(client, "post", name, ids)[0] == 403, name
