"""Who lost telephone and recovery codes gets in again, in a real Chromium (ACC-3)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.domain.identity import factors
from abono.platform import clock
from tests.e2e.conftest import Watch, World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_everywhere
from tests.world import DAY, PASSWORD, SEED, make_olga, make_padaria


@pytest.mark.rule("ACC-3", part="second factor")
def test_a_member_who_lost_everything_is_found_and_signs_in_with_the_password(
    page: Page, watch: Watch, world_server: World
) -> None:
    watch.expected.add(422)
    padaria = make_padaria(card=typed(world_server), now=clock.now() - 3 * DAY)
    make_olga()
    bruno = padaria.people["bruno"]
    factors.give(person_id=bruno, secret=SEED, recovery_codes=["aaaa"], now=clock.now())

    def signs_in() -> None:
        page.context.clear_cookies()
        page.goto("/es/sign-in/")
        page.get_by_label("Correo").fill("bruno@padaria.example")
        page.get_by_label("Contraseña").fill(PASSWORD)
        page.get_by_role("button", name="Iniciar sesión", exact=True).click()

    signs_in()
    expect(page.get_by_role("link", name="ajuda@abono.example").first).to_be_visible()
    look_everywhere(page)

    sign_in(page, "olga@abono.example").goto("/en/back-office/metering/")
    page.goto("/en/back-office/members/")
    page.get_by_label("E-mail or contract number").fill(padaria.contract.number)
    page.get_by_role("button", name="Find").click()
    look_everywhere(page)
    page.get_by_role("link", name="Bruno Lima").click()
    look_everywhere(page)
    page.get_by_role("button", name="Remove the second proof").click()
    expect(page.get_by_text("Say why, and how you made sure that it is them.").first).to_be_visible()
    look_everywhere(page)
    page.get_by_label("Reason").fill("Called back at the number of the contract.")
    page.get_by_role("button", name="Remove the second proof").click()
    expect(page.get_by_text("The second proof of Bruno Lima is removed.")).to_be_visible()

    signs_in()
    page.wait_for_url("**/home/")
