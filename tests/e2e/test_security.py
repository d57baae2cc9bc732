"""Passkeys, codes and sessions in a real Chromium, with an authenticator that is made of software."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import BrowserContext, Page, expect

from abono.domain.identity import factors
from abono.platform import clock
from abono.platform.models import Event
from tests.e2e.conftest import Watch, World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.examples import first_by_day
from tests.looking import look
from tests.work import run_jobs
from tests.world import DAY, PASSWORD, Tenant, code, make_padaria


@pytest.fixture
def padaria(world_server: World) -> Tenant:
    return make_padaria(card=typed(world_server), now=clock.now() - DAY)


@pytest.fixture
def named(world_server: World) -> str:
    """The same server by a name: passkeys belong to one, and an address is none."""
    return world_server.url.replace("127.0.0.1", "localhost")


def with_authenticator(page: Page) -> Page:
    """A device that says yes to everything that it is asked, as its owner's finger would."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def by_password(page: Page, named: str) -> None:
    page.goto(f"{named}/en/sign-in/")
    page.get_by_label("E-mail").fill("ana@padaria.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.rule("ACC-3", part="second factor")
def test_a_passkey_is_added_signs_in_without_a_password_and_is_a_fresh_factor(
    page: Page, width: int, named: str, padaria: Tenant
) -> None:
    person = padaria.people["ana"]
    with_authenticator(page)
    by_password(page, named)
    page.wait_for_url("**/home/")
    page.goto(f"{named}/en/profile/security/passkeys/")
    look(page)
    page.get_by_label("Name").fill("telephone")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Keep these where you will find them")).to_be_visible()
    look(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("telephone")).to_be_visible()
    look(page)

    page.context.clear_cookies()
    page.goto(f"{named}/en/sign-in/?next=/en/usage/")
    look(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{named}/en/usage/")
    assert Event.objects.filter(name="sign_in.done").order_by("-id")[0].data == {"by": ["mfa"]}

    page.context.clear_cookies()
    by_password(page, named)
    page.wait_for_url(f"{named}/en/sign-in/code/")
    look(page)
    expect(page.get_by_text("One of your recovery codes.")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/home/")

    page.goto(f"{named}/en/sign-in/again/?next=/en/settings/wallet/add/")
    look(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{named}/en/settings/wallet/add/")
    page.goto(f"{named}/en/profile/security/")
    page.get_by_role("link", name="Remove").click()
    look(page)
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("lets nobody in any more")).to_be_visible()
    assert factors.of(person) == factors.Factors(None, (), 0)


@pytest.mark.rule("ACC-3", part="second factor")
def test_a_device_that_has_no_passkey_of_ours_is_told_so(page: Page, named: str, padaria: Tenant) -> None:
    page.goto(f"{named}/en/sign-in/")
    refuse = "() => { navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    page.evaluate(refuse)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Your device gave no passkey")).to_be_visible()


@pytest.mark.rule("ACC-3", part="second factor")
def test_an_application_that_makes_codes_is_added_on_every_screen(
    page: Page, width: int, padaria: Tenant, watch: Watch
) -> None:
    watch.expected.add(422)
    sign_in(page).goto("/en/profile/security/")
    look(page)
    page.get_by_role("link", name="Add one").first.click()
    look(page)
    page.get_by_label("Code that the application shows").fill("000000")
    page.get_by_role("button", name="Add the application").click()
    expect(page.locator(".error-summary")).to_contain_text("This code is not right")
    found = re.search(r"[A-Z2-7]{32}", page.locator("main code").inner_text())
    assert found is not None
    page.get_by_label("Code that the application shows").fill(code(of=found[0]))
    page.get_by_role("button", name="Add the application").click()
    expect(page.get_by_role("heading", name="Recovery codes", level=1)).to_be_visible()
    assert factors.has_second(padaria.people["ana"])


@pytest.mark.rule("ACC-3", part="sessions")
def test_a_session_elsewhere_is_ended_without_a_script(
    open_context: Callable[..., BrowserContext], width: int, padaria: Tenant
) -> None:
    page = sign_in(open_context(width=width, java_script_enabled=False).new_page())
    other = sign_in(open_context(width=width).new_page())
    page.goto("/en/profile/security/")
    page.get_by_role("button", name="End").click()
    expect(page.get_by_text("That session is ended.")).to_be_visible()
    other.goto("/en/home/")
    assert "/sign-in/" in other.url


@pytest.mark.rule("ACC-3", part="password")
@pytest.mark.parametrize("language", first_by_day(["es", "en", "pt-br"]))
def test_another_address_is_asked_for_proven_and_taken_back_by_the_links_of_its_mails(
    page: Page, language: str, padaria: Tenant, world_server: World
) -> None:
    sign_in(page).goto(f"/{language}/profile/security/")
    page.locator("a[href$='/security/email/']").click()
    look(page)
    page.locator("input[name=email]").fill("ana@sol.example")
    page.locator("main form button").click()
    look(page)
    run_jobs()
    page.goto(link_in_last_mail(world_server))
    look(page)
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("ana@sol.example")
    run_jobs()

    page.context.clear_cookies()
    page.goto(link_in_last_mail(world_server))
    look(page)
    page.locator("main form button").click()
    page.wait_for_url(f"**/{language}/set-password/")
    look(page)
    expect(page.locator("main")).to_contain_text("ana@padaria.example")


def link_in_last_mail(served: World) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+/email/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return f"{served.url}{found[1]}"
