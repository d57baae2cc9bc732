"""An Administrator steps up, asks why each line is what it is, regrets and undoes, steps down and withdraws that: on a phone
and on a desk, in three languages, in a real Chromium."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import padaria, signed_at
from tests.examples import first_by_day
from tests.looking import look_everywhere
from tests.world import Tenant, change

__all__ = ["padaria", "signed_at"]

SEE = {"en": "See before and after", "es": "Ver antes y después", "pt-br": "Ver antes e depois"}
NOW = {"en": "now", "es": "ahora", "pt-br": "agora"}  # else by Pix
UNDO = {"en": "Undo the change", "es": "Deshacer el cambio", "pt-br": "Desfazer a mudança"}
CHANGE = {"en": "Change", "es": "Cambiar", "pt-br": "Mudar"}
WITHDRAW = {"en": "Withdraw the change", "es": "Retirar el cambio", "pt-br": "Retirar a mudança"}
SHOTS = os.environ.get("ABONO_SHOTS", "")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.rule("CHG-1", part="before and after")
@pytest.mark.rule("CHG-3", part="withdrawn")
@pytest.mark.rule("CHG-9", part="becomes credit")
@pytest.mark.parametrize("language", first_by_day(["es", "en", "pt-br"]))
def test_up_why_undo_down_withdraw(page: Page, padaria: Tenant, world_server: World, language: str) -> None:
    sign_in(page)
    at = f"/{language}/settings/contracts/{padaria.contract.public_id}/change/"
    page.goto(at)
    look_everywhere(page)
    shot(page, f"choose-{language}")
    page.locator('[name="plan"][value="professional"]').check()
    page.locator('[name="package"][value="brl-500"]').check()
    page.get_by_role("button", name=SEE[language]).click()
    expect(page.locator("dl.sum")).to_contain_text("3")
    look_everywhere(page)
    shot(page, f"quote-{language}")
    page.get_by_role("button", name=NOW[language]).click()
    expect(page.locator(".note.good").first).to_contain_text("Professional")
    look_everywhere(page)
    shot(page, f"done-{language}")
    assert padaria.contract.plan_code == "professional"
    page.get_by_role("button", name=UNDO[language]).click()
    expect(page.get_by_role("button", name=UNDO[language])).to_have_count(0)
    assert (padaria.contract.plan_code, padaria.contract.package_code) == ("specialist", "brl-100")
    page.goto(at)
    page.locator('[name="plan"][value="starter"]').check()
    page.get_by_role("button", name=SEE[language]).click()
    page.get_by_role("button", name=CHANGE[language], exact=True).click()
    page.get_by_role("button", name=WITHDRAW[language]).wait_for()
    look_everywhere(page)
    shot(page, f"scheduled-{language}")
    page.goto(f"/{language}/settings/contracts/")
    shot(page, f"contract-{language}")
    page.go_back()
    page.get_by_role("button", name=WITHDRAW[language]).click()
    expect(page.get_by_role("button", name=WITHDRAW[language])).to_have_count(0)
    assert padaria.contract.plan_code == "specialist"
    change(padaria, package="brl-250", now=clock.now())
    page.goto(at)
    page.locator('[name="plan"][value="expert"]').check()
    page.locator('[name="package"][value="brl-100"]').check()
    page.get_by_role("button", name=SEE[language]).click()
    page.locator("dl.sum").wait_for()
    look_everywhere(page)
    shot(page, f"both-{language}")
