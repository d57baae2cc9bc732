"""Somebody of the seller sees the portal as a customer sees it: read-only, visible, for half an hour (ACC-5)."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from abono.domain.contracts.models import Contract
from abono.domain.customers.models import Customer
from abono.domain.identity import staff
from abono.domain.identity.roles import Role
from abono.entrypoints.site.access import ACCESS
from abono.entrypoints.site.acting import MAY_BE_SENT
from abono.platform.models import Event
from tests.entrypoints.portal.acts import block, pay_with
from tests.entrypoints.portal.reading import menu, signed_in, words
from tests.entrypoints.site.routes import POST_ONLY, address
from tests.examples import first_by_day
from tests.world import HOUR, Tenant, make_colleague, make_olga

PAGE, HOME = "/en/back-office/act-as/", "/en/home/"
PORTAL = sorted(name for name, rule in ACCESS.items() if rule.staff is None)


@pytest.fixture
def odete(padaria: Tenant) -> Client:
    """Support: may act as a customer, and does."""
    make_olga()
    make_colleague("Odete Faria", Role.SUPPORT)
    client = signed_in("odete@abono.example")
    begun = client.post(PAGE, {"contract": padaria.contract.number, "why": "Called about the invoice."})
    assert begun["Location"] == HOME, begun.content
    return client


@pytest.fixture
def ids(ids: dict[str, str]) -> dict[str, str]:
    """Of what is nobody's, any will do."""
    return defaultdict(lambda: "x", ids)


@pytest.mark.rule("ACC-5", part="acting as")
def test_every_page_that_may_be_seen_opens_with_the_banner_and_leaves_a_record(odete, padaria, ids):
    seen = [name for name in PORTAL if ACCESS[name].acting_as]
    for name in seen:
        answer = odete.get(address(name, ids))
        assert answer.status_code == (409 if name == "portal:slip-pdf" else 200), name  # it is a Pix
        if answer["Content-Type"].startswith("text/html"):
            assert "You see the portal as Padaria Sol Ltda. sees it." in words(answer), name
    told = Event.objects.filter(name="staff.looked").order_by("id")
    assert [event.data["page"] for event in told] == seen
    assert {event.why for event in told} == {"Called about the invoice."}
    assert {event.customer_id for event in told} == {padaria.customer_id}
    assert {event.actor for event in told} == {Event.objects.get(name="staff.acting_began").actor}


@pytest.mark.rule("ACC-5", part="acting as")
def test_nothing_is_sent_while_acting_on_any_route(odete, padaria, ids):
    before = Contract.objects.filter(customer_id=padaria.customer_id).values().get()
    wrong = {}
    for name in PORTAL:
        if name in MAY_BE_SENT:
            continue
        status = odete.post(address(name, ids), {}).status_code
        if status != 403:
            wrong[name] = status
    assert wrong == {}
    assert Contract.objects.filter(customer_id=padaria.customer_id).values().get() == before


@pytest.mark.rule("ACC-5", part="acting as")
def test_pages_on_which_something_is_done_do_not_open(odete, ids):
    closed = [
        name
        for name in PORTAL
        if ACCESS[name].members and not ACCESS[name].acting_as and name not in POST_ONLY
    ]
    assert closed
    assert {name: odete.get(address(name, ids)).status_code for name in closed} == dict.fromkeys(closed, 403)


def pressed(answer: HttpResponse) -> set[tuple[str, str]]:
    """Where the page's own links lead and its forms go, by method and name of the route."""
    page = answer.content.decode().partition("<main")[2]
    links = [("get", one) for one in re.findall(r'<a\b[^>]*?href="(/[^"]*|[?][^"]*)"', page)]
    forms = [
        ("post", one) for one in re.findall(r'<form\b(?=[^>]*method="post")[^>]*?action="([^"]*)"', page)
    ]
    at = answer.request["PATH_INFO"]
    found = {(how, urlsplit(html.unescape(to)).path or at) for how, to in links + forms}
    own = re.findall(r'<form\b(?=[^>]*method="post")(?![^>]*action=)', page)
    found |= {("post", at) for _ in own}
    return {(how, resolve(to).view_name) for how, to in found}


@pytest.mark.rule("ACC-5", part="acting as")
@pytest.mark.parametrize("blocked", first_by_day([True, False]))
def test_nothing_is_offered_that_would_be_refused(odete, padaria, ids, signed_at, blocked):
    pay_with(padaria, "ok#second")
    Customer.objects.filter(id=padaria.customer_id).update(sandbox=True)
    if blocked:
        block(padaria, signed_at + HOUR)
    wrong = {}
    for name in PORTAL:
        if not ACCESS[name].acting_as:
            continue
        answer = odete.get(address(name, ids))
        if not answer["Content-Type"].startswith("text/html"):
            continue
        for how, to in pressed(answer):
            rule = ACCESS[to]
            seen = rule.acting_as or rule.everybody or rule.signed_in or rule.staff is not None
            if not (seen if how == "get" else to in MAY_BE_SENT or rule.staff is not None):
                wrong[name, to] = how
    assert wrong == {}


def test_whoever_may_is_offered_it_all_the_same(ana, padaria):
    pay_with(padaria, "ok#second")
    offered = {
        to
        for page in ("settings/wallet", "settings/contracts", "notices")
        for _how, to in pressed(ana.get(f"/en/{page}/"))
    }
    assert offered >= {
        "portal:wallet-add",
        "portal:wallet-use",
        "portal:change-plan",
        "portal:notices-choose",
        "portal:notices-read",
    }


def test_it_stops_at_a_press(odete):
    assert "no longer" in words(odete.post(f"{PAGE}stop/", follow=True))
    assert odete.get(HOME).status_code == 403
    assert Event.objects.filter(name="staff.acting_ended").count() == 1


@pytest.mark.rule("ACC-5", part="acting as")
def test_it_ends_by_itself_after_half_an_hour(odete):
    session = odete.session
    until = datetime.fromisoformat(session["acting"]["until"])
    session["acting"] = {**session["acting"], "until": (until - timedelta(minutes=30)).isoformat()}
    session.save()
    assert odete.get(HOME).status_code == 403
    assert "acting" not in odete.session


def test_it_ends_at_once_when_the_role_is_taken_away(odete):
    assert odete.get(HOME).status_code == 200
    [one] = [one for one in staff.colleagues() if one.name == "Odete Faria"]
    staff.set_roles(person_id=one.person_id, roles=[Role.READER], actor="test", now=one.since)
    assert odete.get(HOME).status_code == 403


@pytest.mark.parametrize(
    ("told", "says"),
    [({"why": ""}, "Say why"), ({"contract": "1999-000001-1"}, "no contract"), ({"contract": "\0"}, "")],
)
def test_without_a_reason_or_a_contract_it_does_not_begin(olga, padaria, told, says):
    answer = olga.post(PAGE, {"contract": padaria.contract.number, "why": "x", **told})
    assert answer.status_code == 422
    assert says in words(answer)
    assert olga.get(HOME).status_code == 403
    assert not Event.objects.filter(name="staff.acting_began").exists()


@pytest.mark.parametrize(
    ("language", "says"), [("es", "Ves el portal tal como"), ("pt-br", "Você vê o portal como")]
)
def test_the_banner_speaks_the_language_of_the_page(odete, language, says):
    answer = odete.get(HOME.replace("/en/", f"/{language}/"), follow=True)
    assert says in words(answer)
    assert "Odete Faria" in menu(answer)


def test_it_begins_under_another_key_of_the_session(olga: Client, padaria: Tenant) -> None:
    before = olga.session.session_key
    olga.post(PAGE, {"contract": padaria.contract.number, "why": "Called about the invoice."})
    assert "acting" in olga.session
    assert olga.session.session_key != before
