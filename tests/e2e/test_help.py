"""Help beside a page in a real Chromium (HLP-1)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.looking import WIDTHS, look_by_day_and_night


@pytest.mark.rule("HLP-1", part="beside the page")
def test_help_opens_beside_the_page_and_gives_it_back(
    page: Page, open_context: Callable[..., BrowserContext]
) -> None:
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/es/sign-in/")
        control = page.locator(".page-head").get_by_role("link", name="Ayuda")
        control.focus()
        page.keyboard.press("Enter")
        panel = page.get_by_role("dialog")
        expect(panel.get_by_role("heading", name="Iniciar sesión")).to_be_focused()
        expect(page).to_have_url(re.compile("/es/sign-in/$"))
        look_by_day_and_night(page)
        panel.get_by_role("link", name="Seguridad de tu cuenta").click()  # beside the same page
        expect(panel.get_by_role("heading", name="Seguridad de tu cuenta")).to_be_focused()
        look_by_day_and_night(page)
        panel.get_by_role("link", name="Toda la ayuda").click()
        panel.get_by_label("¿Qué buscas?").fill("tarjeta")
        panel.get_by_role("button", name="Buscar").click()
        expect(panel.get_by_role("status")).to_contain_text("artículos sobre «tarjeta»")
        expect(page).to_have_url(re.compile("/es/sign-in/$"))
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(control).to_be_focused()
    control.click()
    panel.get_by_role("button", name="Cerrar").click()
    expect(panel).to_be_hidden()
    plain = open_context(java_script_enabled=False).new_page()
    plain.goto("/es/sign-in/")
    plain.locator(".page-head").get_by_role("link", name="Ayuda").click()
    expect(plain).to_have_url(re.compile("/es/help/sign-in/$"))
    expect(plain.get_by_role("heading", level=1)).to_have_text("Iniciar sesión")
