"""People, the second person, keys and the customer's view in a real Chromium: readable on every screen (ACC-4, ACC-5)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from abono.domain.identity.roles import Role
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_CREDIT
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.examples import first_by_day
from tests.looking import look_everywhere
from tests.stories import asked
from tests.world import DAY, PASSWORD, code, make_colleague, make_olga, make_padaria


@pytest.mark.rule("ACC-5", part="acting as")
@pytest.mark.rule("ACC-4", part="shown once, hashed")
def test_people_keys_second_person_and_the_customers_view(page: Page, world_server: World) -> None:
    padaria = make_padaria(card=typed(world_server), now=clock.now() - 3 * DAY)
    make_olga()
    make_colleague("Otto Brandão", Role.BILLING)
    set_value(setting=SECOND_PERSON_CREDIT, value="BRL 100", actor="olga", why="x", now=clock.now())
    waiting = asked(padaria)
    sign_in(page, "olga@abono.example").goto("/en/back-office/people/")
    look_everywhere(page)
    page.get_by_role("link", name="Otto Brandão").click()
    look_everywhere(page)
    page.goto("/en/back-office/approvals/")
    look_everywhere(page)
    page.goto(f"/en/back-office/approvals/{waiting.public_id}/")
    look_everywhere(page)
    page.goto("/en/back-office/keys/")
    page.get_by_label("Name").fill("Billing robot")
    page.get_by_label("Read contracts, invoices and usage").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("main code")).to_have_text(re.compile("abk_.{40,}"))
    look_everywhere(page)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_text("Replace or end").click()
    look_everywhere(page)
    page.goto(f"/en/back-office/act-as/?contract={padaria.contract.number}")
    look_everywhere(page)
    page.get_by_label("Reason").fill("Called about the invoice.")
    page.get_by_role("button", name="See the portal").click()
    expect(page.locator("main")).to_contain_text("You see the portal as Padaria Sol Ltda. sees it.")
    look_everywhere(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main")).to_contain_text("no longer")
    sign_in(page).goto("/pt-br/settings/keys/")
    look_everywhere(page)


@pytest.mark.rule("ACC-3", part="sessions")
def test_a_link_in_mail_opens_the_back_office_for_who_is_signed_in_though_no_other_site_takes_the_session_along(
    page: Page, width: int, world_server: World
) -> None:
    make_olga()
    named = world_server.url.replace("127.0.0.1", "localhost")
    page.goto(f"{named}/en/sign-in/?next=/en/back-office/metering/")
    page.get_by_label("E-mail").fill("olga@abono.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").fill(code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/back-office/metering/")
    [cookie] = [one for one in page.context.cookies() if one["name"] == "sessionid"]
    assert cookie["sameSite"] == "Strict"

    page.goto(f"{world_server.url}/en/terms/")  # another site to the browser
    page.evaluate(f"location.href = '{named}/en/back-office/invoices/'")
    page.wait_for_url("**/back-office/invoices/")
    expect(page.get_by_role("heading", name="Invoices", level=1)).to_be_visible()


@pytest.mark.rule("ACC-3", part="sessions")
@pytest.mark.parametrize("language", first_by_day(["es", "pt-br", "en"]))
def test_a_colleague_who_is_let_in_no_longer_is_out_at_the_next_click(
    open_context: Callable[..., BrowserContext], world_server: World, language: str
) -> None:
    make_olga()
    make_colleague("Otto Brandão", Role.BILLING)
    owner = sign_in(open_context().new_page(), "olga@abono.example")
    otto = sign_in(open_context().new_page(), "otto@abono.example")
    otto.goto(f"/{language}/back-office/invoices/")
    expect(otto.locator("h1")).to_be_visible()
    owner.goto(f"/{language}/back-office/people/")
    owner.get_by_role("link", name="Otto Brandão").click()
    owner.locator('main [name="confirm"]').check()
    owner.locator("main button.danger").click()
    owner.locator(".note.good").wait_for()
    otto.reload()
    assert "/sign-in/" in otto.url
