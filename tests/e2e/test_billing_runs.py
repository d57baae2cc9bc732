"""Billing runs in a real Chromium: readable on every screen, while one goes on and when it has ended (INV-1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.domain.billing_runs import actions as runs
from abono.domain.billing_runs import queries
from abono.flows.billing import run as billing
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_everywhere
from tests.scenarios.test_collecting import spoil
from tests.world import DAY, make_olga, make_padaria


@pytest.mark.rule("INV-1")
def test_runs_what_stands_out_and_what_was_given_up(page: Page, world_server: World) -> None:
    now = clock.now()
    for _each in range(2):
        make_padaria(card=typed(world_server), now=now - 40 * DAY)
    billing.run(now=now - 8 * DAY)
    spoil(make_padaria(card=typed(world_server), now=now))
    for minutes in (0, 1, 3):
        billing.run(now=now + 35 * DAY + minutes * DAY / 1440)
    runs.join(begun_by="system", now=now)
    make_olga()

    sign_in(page, "olga@abono.example").goto("/en/back-office/runs/")
    expect(page.locator("main")).to_contain_text("Renewals that were given up")
    look_everywhere(page)
    goes_on, ended = queries.page(limit=2)
    for run, says in ((goes_on, "0 of 0 renewed"), (ended, "in the run before 2 invoices, R$1,400.00")):
        page.goto(f"/en/back-office/runs/{run.public_id}/")
        expect(page.locator("main")).to_contain_text(says)
        look_everywhere(page)
    page.goto("/en/back-office/runs/")
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator("main")).to_contain_text("1 renewal is tried again within a minute.")
