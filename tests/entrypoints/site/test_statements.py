"""How often a page asks the database: nothing twice, and the frame and Home only a few times.

Whose session it is, Django asks itself, and a process keeps the settings for two seconds: neither is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abono.domain.contracts.models import Contract
from abono.domain.identity.models import Person
from abono.domain.identity.types import Profile
from abono.domain.notices.kinds import KINDS
from abono.entrypoints.site.visit import SESSION_PAID
from abono.platform import clock
from tests.entrypoints.portal.acts import block, end, restrict
from tests.entrypoints.portal.reading import signed_in
from tests.entrypoints.public.conftest import DETAILS
from tests.entrypoints.site.routes import POST_ONLY, ROUTES, ask
from tests.examples import first_by_day
from tests.work import renew_due
from tests.world import (
    DAY,
    HOUR,
    Tenant,
    add_person,
    join_ana,
    load_catalog,
    make_luna,
    make_olga,
    make_padaria,
    sign,
    use,
)

OTHERS = (
    'FROM "django_session" WHERE',
    'FROM "identity_person" WHERE "identity_person"."id" =',
    'FROM "settings_value"',
)
READ = sorted(
    name
    for name in set(ROUTES) - POST_ONLY
    if set(ROUTES[name].pattern.converters) <= {"contract_id", "invoice_id", "card_id", "batch_id"}
)


def nothing_used(padaria: Tenant, at: datetime) -> None:
    pass


def something_used(padaria: Tenant, at: datetime) -> None:
    use(padaria.contract_id, 3, at=at)


def beyond_the_package(padaria: Tenant, at: datetime) -> None:
    use(padaria.contract_id, 200, at=at)


def in_two_organizations(padaria: Tenant, at: datetime) -> None:
    add_person(make_luna(now=at).customer_id, "Ana", "ana@padaria.example", "es", Profile.ADMINISTRATOR, at)


def ended(padaria: Tenant, at: datetime) -> None:
    end(padaria)


def restricted(padaria: Tenant, at: datetime) -> None:
    restrict(padaria)


def blocked_in_two_organizations(padaria: Tenant, at: datetime) -> None:
    in_two_organizations(padaria, at)
    block(padaria, at)


STATES: tuple[Callable[[Tenant, datetime], None], ...] = (
    nothing_used,
    something_used,
    beyond_the_package,
    block,
    in_two_organizations,
    ended,
    restricted,
)
EACH_TIME = (blocked_in_two_organizations, ended)  # between them they show every part of the frame


def statements(client: Client, name: str, ids: dict[str, str]) -> list[str]:
    """With their parameters. The page is asked for twice: what a process looks up once is not counted."""
    ask(client, name, ids)
    return asked_for(client, name, ids)


def asked_for(client: Client, name: str, ids: dict[str, str]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        ask(client, name, ids)
    found = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in found if not any(part in sql for part in OTHERS)]


def twice(client: Client, names: list[str], ids: dict[str, str]) -> list[tuple[str, int, str]]:
    """A page that asks for something twice is asked for again, when the process has looked up what it looks up once."""
    return [
        (name, count, sql)
        for name in names
        if len(first := asked_for(client, name, ids)) > len(set(first))
        for sql, count in Counter(asked_for(client, name, ids)).items()
        if count > 1
    ]


OTHERWISE = [state for state in STATES if state not in EACH_TIME]
LOOKS = [*(("ana", state) for state in EACH_TIME), ("bruno", block), *(("ana", state) for state in OTHERWISE)]


@pytest.mark.parametrize(("who", "state"), first_by_day(LOOKS, len(EACH_TIME)))
def test_no_page_asks_for_the_same_twice(who, state, padaria, ids, signed_at):
    state(padaria, signed_at + HOUR)
    pages = [name for name in READ if not name.startswith("backoffice:")]
    assert twice(signed_in(f"{who}@padaria.example"), pages, ids) == []


def test_no_page_of_a_sandbox_asks_for_the_same_twice(signed_at):
    make_padaria(now=signed_at, sandbox=True)
    pages = ["portal:home", "portal:usage", "portal:plans", "portal:advance-clock"]
    assert twice(signed_in("ana@padaria.example"), pages, {}) == []


def test_no_page_of_the_seller_asks_for_the_same_twice(padaria, ids, signed_at):
    make_olga()
    block(padaria, signed_at + HOUR)
    pages = [name for name in READ if name.startswith("backoffice:")]
    olga = signed_in("olga@abono.example")
    assert twice(olga, pages, ids) == []
    assert len(statements(olga, "backoffice:contract", ids)) <= MOST_OF_CONTRACT


MOST_OF_CONTRACT = 26  # of its page in the back office, on which everything of it stands


@pytest.mark.parametrize("state", [nothing_used, in_two_organizations])
def test_the_frame_costs_at_most_three_statements(state, ana, padaria, signed_at):
    state(padaria, signed_at)
    assert len(statements(ana, "public:terms", {})) <= 3  # a page without any of its own
    assert len(statements(ana, "portal:profile", {})) <= 3


MOST = {"portal:home": 8, "portal:usage": 20, "portal:plans": 23}


@pytest.mark.parametrize("state", [nothing_used, something_used, beyond_the_package])
def test_pages_that_are_opened_often_ask_a_few_times(state, ana, padaria, ids, signed_at):
    state(padaria, signed_at + HOUR)
    found = {name: len(statements(ana, name, ids)) for name in MOST}
    assert {name: count for name, count in found.items() if count > MOST[name]} == {}


@pytest.mark.parametrize("who", ["ana", "bruno"])
@pytest.mark.parametrize("state", STATES)
def test_home_asks_at_most_eight_times_in_every_state(who, state, padaria, ids, signed_at):
    state(padaria, signed_at + HOUR)
    assert len(statements(signed_in(f"{who}@padaria.example"), "portal:home", ids)) <= MOST["portal:home"]


@pytest.mark.parametrize("who", ["ana", "bruno"])
def test_home_asks_no_more_when_a_renewal_was_declined_and_sending_is_blocked_too(who, signed_at):
    padaria = make_padaria(card="renewals-fail", now=signed_at - 22 * DAY)
    renew_due(now=clock.now(), customer_id=padaria.customer_id)
    block(padaria, clock.now())
    client = signed_in(f"{who}@padaria.example")
    assert len(statements(client, "portal:home", {})) <= MOST["portal:home"]
    page = client.get("/en/home/").content.decode()
    assert "Sending is blocked" in page
    assert "was declined" in page


def test_home_asks_no_more_while_the_first_payment_is_being_confirmed(signed_at):
    signed = sign(card="lost", now=signed_at)
    join_ana(signed)
    client = signed_in("ana@padaria.example")
    assert len(statements(client, "portal:home", {})) <= MOST["portal:home"]
    assert "Your payment is being confirmed" in client.get("/en/home/").content.decode()


def test_home_asks_no_more_of_who_paid_and_is_nobodys_member(padaria, client, signed_at):
    Person.objects.update(password="!")
    block(padaria, signed_at + HOUR)
    session = client.session
    session[SESSION_PAID] = str(padaria.customer_id)
    session.save()
    assert len(statements(client, "portal:home", {})) <= MOST["portal:home"]
    assert "You see this because you paid the contract" in client.get("/en/home/").content.decode()


def test_home_is_drawn_from_what_holds_now(ana, padaria, ids):
    """Fewer statements are not remembered answers: what is used between two requests is seen."""
    before = ana.get("/en/home/").content
    use(padaria.contract_id, 1, at=clock.now())
    assert ana.get("/en/home/").content != before


MOST_TO_PAY = 161  # statements from the card to the contract


def twice_in(act: Callable[[], object]) -> list[tuple[int, str]]:
    """What one request asked for more than once."""
    with CaptureQueriesContext(connection) as captured:
        act()
    asked = Counter(query["sql"] for query in captured.captured_queries)
    return [
        (count, sql)
        for sql, count in asked.items()
        if count > 1 and not any(part in sql for part in (*OTHERS, "SAVEPOINT"))
    ]


def test_an_order_asks_for_the_same_once_from_the_choice_to_the_payment(client, gateway, db):
    load_catalog()
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    order = client.post("/en/order/", choice)["Location"]
    assert twice_in(lambda: client.get(order)) == []
    pay = client.post(order, DETAILS)["Location"]
    assert twice_in(lambda: client.get(pay)) == []
    assert twice_in(lambda: client.post(order, DETAILS)) == []
    asked = client.get(pay).content.decode()
    accepted = re.findall(r'name="(offer|opened)" value="([^"]*)"', asked)
    with CaptureQueriesContext(connection) as paying:  # three transactions, each reads again under its locks
        client.post(pay, {"frame_ref": "ok", **dict(accepted)})
    assert len(paying.captured_queries) <= MOST_TO_PAY
    assert Contract.objects.filter(state="active").count() == 1


def test_choosing_who_is_told_asks_for_the_same_once(ana, padaria):
    page, boxes = "/en/notices/choose/", {kind: ["administrators", "financial_contact"] for kind in KINDS}
    told = boxes | {"invoice_issued": ["financial_contact"]}
    assert twice_in(lambda: ana.post(page, told)) == []
    assert twice_in(lambda: ana.post(page, boxes | {"invoice_issued": []})) == []  # refused, and shown again
