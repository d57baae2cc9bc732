"""The story of the seed, in Spanish, as one person lives it in a browser: from the price page to the first invoices."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from abono.domain.contracts.models import Contract
from abono.domain.identity import queries as people
from abono.domain.metering.types import HoldStatus
from abono.entrypoints.site import links
from abono.flows.check_books import check_books
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.gateways.simulator.company.cards import Behaviour, card_that
from abono.platform import clock
from tests.e2e.conftest import Watch, World
from tests.e2e.test_public_pages import fill_in, plain, type_card
from tests.looking import look
from tests.world import PASSWORD, use

# 20.00 of package and 20.00 beyond it, at 0.0463 a send: 863 fit (39.9569), the next one does not.
FIT = 863


def open_menu(page: Page, group: str, name: str) -> None:
    """Go to a page of the menu by the names that the seed gives it."""
    if page.locator("[popovertarget=menu]").is_visible():
        page.locator("[popovertarget=menu]").click()
    expect(page.get_by_role("heading", name=group, exact=True)).to_be_visible()
    page.locator("#menu").get_by_role("link", name=name, exact=True).click()


@pytest.mark.rule(
    "CON-1", "CON-3", "CON-8", "SEE-1", "WAL-1", "WAL-2", "WAL-3", "WAL-6", "PKG-1", "LIM-2", "FIN-1"
)
def test_the_seed_from_contracting_to_the_first_invoices(
    page: Page, width: int, world_server: World, watch: Watch
) -> None:
    # «La contratación … debe realizarse en el sitio web. Es necesario combinar un Plan de software con un Paquete de canales.»
    page.goto("/es/plans/?currency=USD&package=usd-20")
    page.locator("#plan").select_option("specialist")
    page.locator(".total-bar .button").click()
    fill_in(page)
    expect(page.locator("main")).not_to_contain_text("oleto")  # CON-8: never for the first purchase
    type_card(page)
    page.locator("form[data-card] > .button").click()

    # «Los pagos con tarjeta de crédito tienen liberación inmediata del servicio contratado.»
    expect(page).to_have_url(re.compile(r"/es/order/sig_\w+/done/$"))
    contract = Contract.objects.get()
    assert contract.state == "active"
    assert world_server.taken == [130_00 + 20_00 + 421_00]

    # The link in the mail opens the account.
    [diego] = people.administrators(contract.customer_id)
    page.goto(links.set_password_url(diego.person_id, "es").removeprefix(settings.PUBLIC_URL))
    for field in ("password", "again"):
        page.locator(f"#id_{field}").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page).to_have_url(re.compile("/es/home/"))

    # The platform sends until the package warns and sending blocks.
    answers = use(contract.id, FIT + 1, country="CO", at=clock.now())
    assert [answer.status for answer in answers].count(HoldStatus.HELD) == FIT
    assert answers[-1].status is HoldStatus.BLOCKED
    tell_thresholds()
    page.goto("/es/home/")
    look(page)
    expect(page.locator("main")).to_contain_text(contract.number)

    # «Accede a Ajustes > Planes y contratos. Verifica …»
    open_menu(page, "Ajustes", "Planes y contratos")
    shown = plain(page.locator("main").text_content())
    for fact in ("Specialist", "US$ 20", contract.number, "Elena Rojas"):
        assert fact in shown
    look(page)

    # «Haz clic en Gestionar tarjetas para verificar los 4 últimos dígitos, el nombre del titular y el vencimiento.»
    page.get_by_role("link", name="Gestionar tarjetas").first.click()
    wallet = plain(page.locator("main").text_content())
    assert "DIEGO ROJAS" in wallet
    assert re.search(r"12/(20)?39", wallet)
    look(page)

    # «Para añadir una nueva tarjeta haz clic en Agregar tarjeta»; one that is refused gets the seed's list.
    page.get_by_role("link", name="Agregar tarjeta").first.click()
    watch.expected.add(402)  # the declined card
    type_card_of_wallet(page, Behaviour.WRONG_CVV)
    checks = page.locator(".checks li")
    expect(checks.first).to_contain_text("CVV")
    assert checks.count() >= 5
    look(page)
    type_card_of_wallet(page, Behaviour.PAID)
    expect(page).to_have_url(re.compile(r"/wallet/$"))
    expect(page.locator(".payment-cards > li")).to_have_count(2)

    # «Los boletos y facturas están disponibles en Ajustes > Información financiera.»: pay, and sending resumes.
    open_menu(page, "Ajustes", "Información financiera")
    look(page)
    page.locator("main a.button.small").first.click()
    look(page)
    page.locator("main form[method=post] button").first.click()
    expect(page.locator("main")).to_be_visible()
    assert world_server.taken[1:] == [19_96]  # 39.9569 used − 20.00 = 19.9569, rounded once
    assert use(contract.id, 1, country="CO", at=clock.now())[0].status is HoldStatus.HELD
    page.goto("/es/settings/financial/")
    with page.expect_download() as download:
        page.locator("main a[download]").filter(has_text="PDF").first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    assert check_books() == []


def type_card_of_wallet(page: Page, behaviour: Behaviour) -> None:
    """Type a test card on the page that adds one; it saves by itself once the frame has checked it."""
    card = page.frame_locator(".card-frame iframe")
    card.locator("#number").fill(card_that(behaviour).number)
    card.locator("#holder").fill("DIEGO ROJAS")
    card.locator("#expiry").fill("12/39")
    card.locator("#cvv").fill("123")
    card.locator("button.primary").click()
