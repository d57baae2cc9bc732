"""A second proof after the password, and a fresh one before what matters."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from abono.domain.identity import factors, sealed
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_FACTOR
from abono.entrypoints.site import sessions
from abono.entrypoints.site.access import ACCESS
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import words
from tests.world import PASSWORD, Tenant, code, give_codes, make_olga

SIGN_IN, CODE, AGAIN, SECURITY = (
    "/en/sign-in/",
    "/en/sign-in/code/",
    "/en/sign-in/again/",
    "/en/profile/security/",
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def with_codes(padaria: Tenant) -> UUID:
    """Ana's account has an application that makes codes."""
    give_codes(padaria.people["ana"])
    return padaria.people["ana"]


def password(client: Client, email: str = "ana@padaria.example", **other: str) -> HttpResponse:
    return client.post(SIGN_IN, {"email": email, "password": PASSWORD, **other})


def type_code(client: Client, typed: str, at: str = CODE) -> HttpResponse:
    return client.post(at, {"code": typed})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def told(name: str) -> list[Event]:
    return list(Event.objects.filter(name=name).order_by("id"))


def age(client: Client, by: timedelta) -> None:
    """Everything in the session happened so much earlier."""
    session = client.session
    for name in (sessions.BEGAN, sessions.SEEN, sessions.PROVEN):
        session[name] -= int(by.total_seconds())
    session.save()


@pytest.mark.rule("ACC-3", part="second factor")
def test_the_right_password_alone_does_not_let_in_whoever_has_a_second_factor(
    client: Client, with_codes: UUID
) -> None:
    reply = password(client, next="/en/usage/")
    assert (reply.status_code, reply["Location"]) == (302, CODE)
    assert not is_signed_in(client)
    assert client.get("/en/home/")["Location"].startswith(SIGN_IN)
    assert type_code(client, "000000").status_code == 422
    assert not is_signed_in(client)

    before = client.session.session_key
    reply = type_code(client, code())
    assert (reply.status_code, reply["Location"]) == (302, "/en/usage/")
    assert client.session.session_key != before
    assert client.get("/en/usage/").status_code == 200
    [event] = told("sign_in.done")
    assert event.data == {"by": ["mfa", "password"]}
    assert event.personal.address == "127.0.0.1"
    assert len(told("sign_in.code_failed")) == 1


@pytest.mark.rule("ACC-3", part="second factor")
def test_a_code_serves_once(client: Client, with_codes: UUID) -> None:
    used = code()
    password(client)
    assert type_code(client, used).status_code == 302
    other = Client()
    password(other)
    assert type_code(other, used).status_code == 422
    assert not is_signed_in(other)
    assert type_code(other, code(ahead=1)).status_code == 302


@pytest.mark.rule("ACC-3", part="slow answers")
def test_who_guesses_codes_waits(client: Client, with_codes: UUID) -> None:
    password(client)
    assert [type_code(client, f"00000{n}").status_code for n in range(5)] == [422] * 5
    assert type_code(client, code()).status_code == 429
    assert not is_signed_in(client)


@pytest.mark.rule("ACC-3", part="second factor")
def test_nobody_types_a_code_without_the_password_before_it(client: Client, with_codes: UUID) -> None:
    assert client.get(CODE)["Location"] == SIGN_IN
    assert type_code(client, code())["Location"] == SIGN_IN
    assert not is_signed_in(client)
    password(client)
    assert client.post(CODE, {"begin_anew": "yes"})["Location"] == SIGN_IN
    assert type_code(client, code())["Location"] == SIGN_IN


def add_application(client: Client) -> HttpResponse:
    page = client.get(f"{SECURITY}codes/").content.decode()
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert found is not None
    return type_code(client, code(of=found[1]), f"{SECURITY}codes/")


@pytest.mark.rule("ACC-3", part="second factor")
def test_an_application_is_added_removed_and_its_recovery_codes_serve_once_each(
    ana: Client, padaria: Tenant
) -> None:
    person = padaria.people["ana"]
    assert type_code(ana, "000000", f"{SECURITY}codes/").status_code == 422
    assert not factors.has_second(person)

    assert add_application(ana)["Location"] == f"{SECURITY}recovery-codes/"
    shown = re.findall(r"<code>(\d{8})</code>", ana.get(f"{SECURITY}recovery-codes/").content.decode())
    assert len(set(shown)) == 10
    assert "cannot be shown again" in words(ana.get(f"{SECURITY}recovery-codes/"))
    assert [event.data for event in told("factor.added")] == [{"kind": "codes"}]

    lost = Client()
    password(lost)
    assert type_code(lost, shown[0]).status_code == 302
    once_more = Client()
    password(once_more)
    assert type_code(once_more, shown[0]).status_code == 422
    assert type_code(once_more, shown[1]).status_code == 302
    assert factors.of(person).recovery_codes == 8

    assert ana.post(f"{SECURITY}codes/remove/")["Location"] == SECURITY
    assert factors.of(person) == factors.Factors(None, (), 0)
    assert len(told("factor.removed")) == 1
    assert password(Client())["Location"] == "/en/home/"


@pytest.mark.rule("ACC-3", part="second factor")
def test_who_works_for_the_seller_needs_a_second_factor_and_keeps_it(client: Client, db: None) -> None:
    olga = make_olga()
    factors.Authenticator.objects.all().delete()
    assert password(client, "olga@abono.example")["Location"] == "/en/back-office/metering/"
    for page in ("metering", "money", "invoices"):
        assert client.get(f"/en/back-office/{page}/")["Location"] == SECURITY
    assert "Add a second proof to go on" in words(client.get(SECURITY))

    add_application(client)
    assert client.get("/en/back-office/metering/").status_code == 200
    assert client.post(f"{SECURITY}codes/remove/").status_code == 302
    assert factors.has_second(olga)
    assert told("factor.removed") == []


MAY_DO_MORE = ("home/", "usage/", "settings/wallet/", "settings/financial/")


@pytest.mark.rule("ACC-3", part="who must have a second factor: default")
def test_as_shipped_a_password_is_enough_for_every_member(ana: Client, padaria: Tenant) -> None:
    assert {page: ana.get(f"/en/{page}").status_code for page in MAY_DO_MORE} == dict.fromkeys(
        MAY_DO_MORE, 200
    )


@pytest.mark.rule("ACC-3", part="who must have a second factor: other")
def test_where_administrators_need_a_second_factor_they_do_nothing_more_than_any_member_without(
    client: Client, padaria: Tenant
) -> None:
    """S-30: also in a session that was open before; a Viewer's password is enough."""
    assert password(client).status_code == 302
    set_value(
        setting=SECOND_FACTOR, value="administrators", actor="olga", why="our auditors", now=clock.now()
    )
    for page in MAY_DO_MORE:
        assert client.get(f"/en/{page}")["Location"] == SECURITY
    assert client.post("/en/settings/wallet/add/", {"frame_ref": "ok#1"})["Location"] == SECURITY
    assert client.get("/en/notices/").status_code == 200
    assert "Whoever administrates Padaria Sol Ltda. needs more than a password." in words(
        client.get(SECURITY)
    )
    bruno = Client()
    assert bruno.get(password(bruno, "bruno@padaria.example")["Location"]).status_code == 200
    assert "Add a second proof to go on" not in words(bruno.get(SECURITY))

    add_application(client)
    assert client.get("/en/settings/wallet/").status_code == 200
    assert "Add a second proof to go on" not in words(client.get(SECURITY))


@pytest.mark.rule("ACC-3", part="second factor")
def test_secrets_of_factors_are_not_readable_in_the_database(with_codes: UUID) -> None:
    [kept] = factors.Authenticator.objects.values_list("data", flat=True)
    assert "JBSWY3DP" not in str(kept)
    assert sealed.opened(kept["secret"]).startswith("JBSWY3DP")


FRESH = {  # of ACC-3: a new card, a change, refund and credit, prices; keys and bank data have no page yet
    "portal:wallet-add",
    "portal:wallet-use",
    "portal:wallet-remove",
    "portal:change",
    "portal:regret",
    "portal:document-password",
    "portal:organization-change",
    "portal:people-invite",
    "portal:member-profile",
    "portal:member-deactivate",
    "portal:member-reactivate",
    "portal:member-delete",
    "portal:invitation-again",
    "portal:invitation-withdraw",
    "backoffice:invoice-reissue",
    "backoffice:cancel",
    "backoffice:regret",
    "backoffice:restriction",
    "backoffice:adjustments",
    "backoffice:adjustment",
    "backoffice:adjustment-line",
    "backoffice:indexes",
    "backoffice:index",
    "backoffice:trial",
    "backoffice:versions-batch",
    "backoffice:uncovered-decide",
    "backoffice:money-close",
    "backoffice:bank-file-write",
    "backoffice:bank-file-take",
    "backoffice:statement-take",
    "backoffice:statement-say",
    "backoffice:fiscal-write",
    "backoffice:fiscal-take",
    "backoffice:invoice-fiscal",
    "backoffice:payouts",
    "backoffice:payout-withdraw",
    "backoffice:withheld",
    "backoffice:withheld-prove",
    "portal:password-change",
    "portal:email-change",
    "portal:email-proof",
    "portal:codes-add",
    "portal:codes-remove",
    "portal:recovery-codes",
}


@pytest.mark.rule("ACC-3", part="fresh factor")
def test_what_needs_a_fresh_factor_stands_in_the_table_and_paying_does_not() -> None:
    fresh = {name for name, rule in ACCESS.items() if rule.fresh}
    assert fresh >= FRESH
    assert not fresh & {"portal:pay-invoice", "portal:pay-interim", "portal:invoice", "portal:payment"}


@pytest.mark.rule("ACC-3", part="fresh factor")
def test_a_new_card_asks_for_the_password_after_a_quarter_of_an_hour(ana: Client, padaria: Tenant) -> None:
    page = "/en/settings/wallet/add/"
    age(ana, timedelta(minutes=14, seconds=50))
    assert ana.get(page).status_code == 200
    age(ana, timedelta(seconds=20))
    asked = ana.get(page)
    assert asked["Location"].startswith(AGAIN)
    assert parse_qs(urlsplit(asked["Location"]).query) == {"next": [page]}
    assert ana.get("/en/home/").status_code == 200

    before = ana.session.session_key
    assert ana.post(AGAIN, {"password": "wrong", "next": page}).status_code == 422
    assert ana.get(page).status_code == 302
    assert ana.post(AGAIN, {"password": PASSWORD, "next": page})["Location"] == page
    assert ana.get(page).status_code == 200
    assert ana.session.session_key != before
    assert [event.name for event in told("sign_in.confirmed")] == ["sign_in.confirmed"]


@pytest.mark.rule("ACC-3", part="fresh factor")
def test_what_was_sent_too_late_is_not_done(ana: Client, padaria: Tenant, ids: dict[str, str]) -> None:
    age(ana, timedelta(minutes=16))
    page = f"/en/settings/changes/{ids['change_id']}/"
    sent = ana.post(page, HTTP_REFERER=f"http://testserver{page}")
    assert sent["Location"] == f"{AGAIN}?next={page.replace('/', '%2F')}"
    assert padaria.contract.package_code == "brl-100"
    assert "Nothing was done yet" in words(ana.get(AGAIN))


@pytest.mark.rule("ACC-3", part="fresh factor")
def test_who_has_a_second_factor_proves_themselves_with_it(client: Client, with_codes: UUID) -> None:
    password(client)
    type_code(client, code())
    age(client, timedelta(minutes=16))
    assert "Password" not in words(client.get(AGAIN))
    assert client.post(AGAIN, {"password": PASSWORD}).status_code == 422
    assert client.post(AGAIN, {"code": code(ahead=1), "next": "//evil.example"})["Location"] == "/en/home/"
    assert client.get("/en/settings/wallet/add/").status_code == 200


@pytest.mark.rule("ACC-3", part="fresh factor")
def test_the_sellers_people_are_asked_too(olga: Client, padaria: Tenant, ids: dict[str, str]) -> None:
    age(olga, timedelta(minutes=14))
    session = olga.session
    session[sessions.PROVEN] -= 120
    session.save()
    assert olga.get("/en/back-office/invoices/").status_code == 200
    before = Event.objects.count()
    sent = olga.post(f"/en/back-office/invoices/{ids['invoice_id']}/reissue/", {"why": "x"})
    assert sent["Location"].startswith(AGAIN)
    assert Event.objects.count() == before
