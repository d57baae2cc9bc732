"""Where somebody is signed in: seen, ended, idle, and under another key after each step."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from abono.domain.identity import sessions as kept
from abono.domain.identity.models import Membership
from abono.domain.identity.types import Profile
from abono.entrypoints.site import sessions
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import words
from tests.entrypoints.site.test_factors import SECURITY, age, is_signed_in, password
from tests.world import Tenant, add_person, code, join_ana, make_olga, sign

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
)
pytestmark = pytest.mark.django_db


def elsewhere(agent: str = FIREFOX, email: str = "ana@padaria.example") -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR="203.0.113.7")
    assert password(client, email).status_code == 302
    return client


@pytest.mark.rule("ACC-3", part="sessions")
def test_sessions_are_listed_with_device_place_and_last_use_and_one_is_ended(padaria: Tenant) -> None:
    ana, phone = elsewhere(), elsewhere(IPHONE)
    page = ana.get(SECURITY)
    text = words(page)
    assert (
        'href="/en/profile/" aria-current="page"' in page.content.decode()
    )  # in the menu it is a part of Profile
    assert "Firefox · Windows 203.0.113.7" in text
    assert "Safari · iPhone 203.0.113.7" in text
    assert text.count("Here now") == 1

    [other] = re.findall(r'name="session" value="(\w+)"', page.content.decode())
    assert phone.session.session_key not in page.content.decode()
    assert ana.post(f"{SECURITY}sessions/end/", {"session": other})["Location"] == SECURITY
    assert not is_signed_in(phone)
    assert phone.get("/en/home/")["Location"].startswith("/en/sign-in/")
    assert is_signed_in(ana)
    assert Event.objects.filter(name="session.ended").count() == 1


@pytest.mark.rule("ACC-1")
def test_another_profile_and_an_ended_membership_hold_from_the_next_page_on(
    padaria: Tenant, luna: Tenant
) -> None:
    """S-36, by whatever hand: what a session opens is looked up at each page, and nothing of it is kept."""
    ana, now = elsewhere(), clock.now()
    hers = Membership.objects.filter(person_id=padaria.people["ana"], customer_id=padaria.customer_id)
    assert ana.get("/en/settings/wallet/").status_code == 200
    add_person(padaria.customer_id, "Ana", "ana@padaria.example", "es", Profile.VIEWER, now)
    assert ana.get("/en/settings/wallet/").status_code == 403
    assert ana.get("/en/usage/").status_code == 200
    add_person(luna.customer_id, "Ana", "ana@padaria.example", "es", Profile.VIEWER, now)
    hers.update(deactivated_at=now)
    page = ana.get("/en/home/").content.decode()
    assert "Ferretería Luna" in page
    assert "Padaria Sol" not in page
    wanted = {"organization": public("cus", padaria.customer_id)}
    assert ana.post("/en/profile/organization/", wanted).status_code == 404
    Membership.objects.update(deactivated_at=now)
    for opened in ("usage", "settings/wallet", "notices"):
        assert ana.get(f"/en/{opened}/").status_code == 403
    assert Event.objects.filter(name="access.refused").exists()


@pytest.mark.rule("ACC-3", part="sessions")
def test_all_others_end_at_once_and_nobody_ends_those_of_somebody_else(padaria: Tenant) -> None:
    ana, phone, bruno = elsewhere(), elsewhere(IPHONE), elsewhere(email="bruno@padaria.example")
    hers = kept.name(ana.session.session_key)
    bruno.post(f"{SECURITY}sessions/end/", {"session": hers})
    assert is_signed_in(ana)
    before = ana.session.session_key
    ana.post(f"{SECURITY}sessions/end-others/")
    assert [is_signed_in(one) for one in (ana, phone, bruno)] == [True, False, True]
    assert ana.session.session_key != before  # whoever had stolen this very one is out as well
    assert ana.get("/en/home/").status_code == 200


@pytest.mark.rule("ACC-3", part="sessions")
def test_a_session_that_nobody_uses_ends_and_one_that_is_used_does_not(ana: Client) -> None:
    for _ in range(3):
        age(ana, timedelta(minutes=50))
        assert ana.get("/en/home/").status_code == 200
    age(ana, timedelta(minutes=61))
    assert ana.get("/en/home/")["Location"].startswith("/en/sign-in/")
    assert not is_signed_in(ana)
    assert "nobody had used this browser" in words(ana.get("/en/sign-in/"))


@pytest.mark.rule("ACC-3", part="sessions")
def test_a_session_ends_after_a_week_however_often_it_is_used(ana: Client) -> None:
    session = ana.session
    session[sessions.BEGAN] -= 7 * 24 * 3600 + 1
    session.save()
    assert ana.get("/en/home/")["Location"].startswith("/en/sign-in/")


@pytest.mark.rule("ACC-3", part="sessions")
@pytest.mark.parametrize(
    ("name", "limit"), [(sessions.SEEN, timedelta(minutes=15)), (sessions.BEGAN, timedelta(hours=12))]
)
def test_sessions_of_the_sellers_people_end_sooner(olga: Client, name: str, limit: timedelta) -> None:
    page, session = "/en/back-office/metering/", olga.session
    session[name] -= int(limit.total_seconds()) - 5
    session.save()
    assert olga.get(page).status_code == 200
    session = olga.session
    session[name] -= int(limit.total_seconds()) + 1
    session.save()
    assert olga.get(page)["Location"].startswith("/en/sign-in/")


@pytest.mark.rule("ACC-3", part="sessions")
def test_use_of_a_session_is_noted_once_a_minute(ana: Client, padaria: Tenant) -> None:
    age(ana, timedelta(minutes=5))
    ana.get("/en/home/", REMOTE_ADDR="198.51.100.4")
    [one] = kept.of(padaria.people["ana"], current="", now=clock.now())
    assert one.address == "198.51.100.4"
    assert clock.now() - one.seen_at < timedelta(minutes=1)


@pytest.mark.rule("ACC-3", part="sessions")
def test_signing_in_takes_another_key_and_a_planted_one_lets_nobody_in(
    client: Client, padaria: Tenant
) -> None:
    client.get("/en/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    password(client)
    assert client.session.session_key != before
    assert not is_signed_in(_with_key(before))


def _with_key(key: str) -> Client:
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = key
    return other


@pytest.mark.rule("ACC-3", part="sessions")
def test_changing_the_password_ends_every_other_session_and_keeps_this_one(padaria: Tenant) -> None:
    ana, phone = elsewhere(), elsewhere(IPHONE)
    new = "a whole new one for ana"
    before = ana.session.session_key
    assert ana.post(f"{SECURITY}password/", {"password": new, "again": new})["Location"] == SECURITY
    assert ana.get("/en/home/").status_code == 200
    assert ana.session.session_key != before
    assert not is_signed_in(phone)
    assert [event.name for event in Event.objects.filter(name__startswith="password.")] == [
        "password.changed"
    ]
    assert len(kept.of(padaria.people["ana"], current="", now=clock.now())) == 1


@pytest.mark.rule("ACC-3", part="sessions")
def test_signing_out_leaves_nothing_behind(padaria: Tenant) -> None:
    ana = elsewhere()
    ana.post("/en/sign-out/")
    assert kept.of(padaria.people["ana"], current="", now=clock.now()) == []
    assert Event.objects.filter(name="sign_in.ended").count() == 1


def test_another_organization_is_opened_under_another_key(padaria: Tenant) -> None:
    second = sign(now=clock.now())
    join_ana(second)
    ana = elsewhere()
    before = ana.session.session_key
    reply = ana.post("/en/profile/organization/", {"organization": public("cus", second.customer_id)})
    assert reply.status_code == 302
    assert ana.session.session_key != before


@pytest.mark.rule("ACC-3", part="sessions")
def test_the_cookie_of_the_sellers_people_goes_along_from_this_site_alone_members_come_back_from_paying(
    ana: Client, padaria: Tenant
) -> None:
    make_olga()
    client = Client()
    password(client, "olga@abono.example")
    assert client.cookies[settings.SESSION_COOKIE_NAME]["samesite"] == "Lax"  # nobody is signed in yet
    client.post("/en/sign-in/code/", {"code": code()})
    assert client.cookies[settings.SESSION_COOKIE_NAME]["samesite"] == "Strict"
    age(client, timedelta(minutes=2))  # so that the next page writes the session
    client.cookies[settings.SESSION_COOKIE_NAME]["samesite"] = ""
    assert client.get("/en/back-office/metering/").status_code == 200
    assert client.cookies[settings.SESSION_COOKIE_NAME]["samesite"] == "Strict"
    assert elsewhere().cookies[settings.SESSION_COOKIE_NAME]["samesite"] == "Lax"


@pytest.mark.rule("ACC-3", part="sessions")
def test_who_comes_by_a_link_of_another_site_comes_once_more_from_this_one(client: Client, db: None) -> None:
    page = "/en/back-office/metering/?day=today"
    from_mail = client.get(page, headers={"sec-fetch-site": "cross-site"})
    assert from_mail.status_code == 200
    assert 'http-equiv="refresh" content="0"' in from_mail.content.decode()
    assert "/en/back-office/metering/?day=today" in from_mail.content.decode()
    for again in ("same-origin", "none", ""):
        answer = client.get(page, headers={"sec-fetch-site": again})
        assert answer["Location"] == "/en/sign-in/?next=/en/back-office/metering/%3Fday%3Dtoday"
    sent = client.post(page, headers={"sec-fetch-site": "cross-site"})
    assert sent.status_code == 302
