"""The pages behind the sign-in in a real Chromium, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from abono.domain.metering import queries as metering
from abono.domain.payments import queries as payments
from abono.domain.payments.registry import gateway
from abono.domain.usage import minutes
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.gateways.simulator.company.cards import Behaviour, card_that
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.answered import answered
from tests.e2e.conftest import LANGUAGES, Watch, World, sign_in
from tests.examples import first_by_day
from tests.looking import look, look_by_day_and_night, look_everywhere
from tests.world import HOUR, Tenant, make_olga, make_padaria, use

AGE = timedelta(days=10)
FULL = 363  # sends at 0.55 that fit into package and limit of BRL 100 each: 199.65
ADDRESSES = (
    "home/",
    "usage/",
    "campaigns/",
    "campaigns/estimate/",
    "notices/",
    "profile/",
    "settings/contracts/",
    "settings/contracts/clock/",
    "settings/people/",
    "settings/people/in/",
    "settings/financial/",
    "settings/financial/password/",
    "settings/wallet/",
    "settings/wallet/add/",
)


def typed(world: World, behaviour: Behaviour = Behaviour.PAID) -> Callable[[str], str]:
    """Types a card into fields that are opened for somebody, and gives the reference of these fields."""

    def into(whose: str) -> str:
        frame = gateway("simulator").open_card_frame(whose, "en", world.url, str(uuid7()))
        world.simulator.type_card_that(behaviour, frame.ref)
        return frame.ref

    return into


@pytest.fixture
def signed_at() -> datetime:
    return clock.now() - AGE


@pytest.fixture
def padaria(world_server: World, signed_at: datetime) -> Tenant:
    """Padaria Sol with ten days of use: a sandbox, so that its clock can be moved."""
    tenant = make_padaria(card=typed(world_server), now=signed_at, sandbox=True)
    use(tenant.contract_id, 80, at=signed_at + HOUR)
    use(tenant.contract_id, 30, channel="sms", kind="message", at=signed_at + 2 * AGE / 10)
    world_server.begun = len(world_server.simulator.book())
    return tenant


def type_card(page: Page, behaviour: Behaviour = Behaviour.PAID) -> None:
    """Type a test card in the gateway's frame and press its button."""
    card = page.frame_locator(".card-frame iframe")
    card.locator("#number").fill(card_that(behaviour).number)
    card.locator("#holder").fill("ANA SOUZA")
    card.locator("#expiry").fill("12/39")
    card.locator("#cvv").fill("123")
    card.locator("button.primary").click()


def block(tenant: Tenant, at: datetime) -> None:
    """Send until a send does not fit; the notices and the interim invoice are made."""
    use(tenant.contract_id, FULL, at=at)
    tell_thresholds()


@pytest.mark.rule("SEE-1")
@pytest.mark.rule("LNG-1", part="pages")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_plans_and_contracts_in_every_language(page: Page, language: str, padaria: Tenant) -> None:
    sign_in(page).goto(f"/{language}/settings/contracts/")
    contract = padaria.contract
    for fact in (contract.number, "Specialist", "Fabiana Reis", "Ana Souza", "Visa •••• 4242"):
        expect(page.locator("main .facts").first).to_contain_text(fact)
    look_everywhere(page)


def test_every_page_is_readable_on_every_screen(page: Page, padaria: Tenant) -> None:
    sign_in(page)
    for address in ADDRESSES:
        page.goto(f"/pt-br/{address}")
        expect(page.locator("h1")).to_be_visible()
        look_everywhere(page)
    page.goto("/pt-br/settings/financial/")
    page.locator("tbody th a").first.click()
    look_everywhere(page)


@pytest.mark.nightly
@pytest.mark.rule("HLP-1", part="beside the page")
def test_the_widest_tables_fit_beside_help(page: Page, padaria: Tenant) -> None:
    block(padaria, clock.now())
    sign_in(page)
    for address in ("settings/financial/", "settings/people/", "usage/", "settings/contracts/"):
        page.goto(f"/pt-br/{address}")
        page.locator("[data-help]").click()
        expect(page.locator("#help-title")).to_be_focused()
        look(page)


@pytest.mark.rule("FIN-4", part="page, PDF and API")
def test_what_a_line_is_made_of_is_readable_on_every_screen(page: Page, padaria: Tenant) -> None:
    block(padaria, clock.now())
    sign_in(page).goto("/pt-br/settings/financial/")
    page.locator("tbody th a").first.click()
    expect(page.locator("tr.detail")).to_contain_text(["WhatsApp, Iniciado pela empresa, Brasil"])
    look_everywhere(page)


def test_a_page_that_is_not_there_is_readable_on_every_screen(
    page: Page, padaria: Tenant, watch: Watch
) -> None:
    watch.expected.add(404)
    page.goto("/pt-br/nada/")
    look_everywhere(page)
    sign_in(page).goto("/pt-br/nada/")
    page.get_by_role("link", name="Ir para o início").click()
    expect(page.locator("h1")).to_have_text("Início")


def test_a_viewer_and_an_agent_find_their_way(
    open_context: Callable[..., BrowserContext], padaria: Tenant
) -> None:
    for who, pages in (
        ("bruno", ("home/", "usage/", "settings/financial/")),
        ("carla", ("notices/", "profile/")),
    ):
        page = sign_in(open_context().new_page(), f"{who}@padaria.example")
        for address in pages:
            page.goto(f"/es/{address}")
            look_everywhere(page)


@pytest.mark.rule("WAL-2", "WAL-3", "WAL-6")
def test_a_card_is_added_in_the_gateways_frame(page: Page, width: int, padaria: Tenant, watch: Watch) -> None:
    watch.expected.add(402)
    sign_in(page).goto("/en/settings/wallet/")
    page.get_by_role("link", name="Add card").click()
    type_card(page, Behaviour.WRONG_CVV)
    expect(page.locator(".checks li").first).to_contain_text("security code")
    expect(page.locator("[data-focus]")).to_be_focused()
    look(page)

    type_card(page)
    expect(page).to_have_url(re.compile(r"/settings/wallet/$"))
    expect(page.locator(".note.good")).to_contain_text("pays for your contract from now on")
    expect(page.locator(".payment-card")).to_have_count(2)
    look(page)

    page.get_by_role("link", name="Remove").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Remove Visa •••• 4242?")
    look(page)
    dialog.get_by_role("link", name="Keep it").click()
    expect(dialog).not_to_be_attached()
    assert len(payments.wallet(padaria.customer_id)) == 2
    page.get_by_role("link", name="Remove").click()
    page.locator("dialog[open]").get_by_role("button", name="Remove").click()
    expect(page.locator(".payment-card")).to_have_count(1)


@pytest.mark.rule("CHG-1", "LIM-4", "PAY-1")
def test_a_blocked_contract_raises_its_package(
    page: Page, width: int, padaria: Tenant, signed_at: datetime, world_server: World
) -> None:
    block(padaria, signed_at + 3 * HOUR)
    sign_in(page).goto("/en/home/")
    expect(page.locator("#blocked")).to_contain_text("Sending is blocked since")
    look(page)
    page.get_by_role("link", name="Raise the package").click()
    expect(page.locator('[name="package"][value="brl-250"]')).to_be_checked()
    look(page)
    page.get_by_role("button", name="See before and after").click()
    expect(page.locator(".total dd")).to_have_text("R$150.00")  # 250 − 100
    look(page)
    page.get_by_role("button", name="Change and pay R$150.00 now").dblclick()
    expect(page.locator(".note.good").first).to_contain_text("channel package R$250 hold from now on")
    look(page)
    assert world_server.taken == [15_000]
    assert metering.balance(contract_id=padaria.contract_id, at=clock.now()).blocked_at is None


@pytest.mark.rule("FIN-3", "LIM-4", "PAY-1")
def test_the_overage_so_far_is_paid_and_sending_is_open(
    page: Page, width: int, padaria: Tenant, signed_at: datetime, world_server: World
) -> None:
    block(padaria, signed_at + 3 * HOUR)
    sign_in(page).goto("/en/home/")
    pay = page.get_by_role("link", name="Pay the overage so far")
    amount = re.search(r"R\$[\d.]+", pay.text_content() or "")
    assert amount is not None
    pay.click()
    look(page)
    page.get_by_role("button", name=f"Pay {amount[0]} now").dblclick()
    expect(page.locator("main .status").first).to_have_text("Paid")
    assert world_server.taken == [int(amount[0].removeprefix("R$").replace(".", ""))]
    page.go_back()
    page.reload()
    expect(page.locator("main .status").first).to_have_text("Paid")  # what is paid is not asked for again
    page.goto("/en/home/")
    expect(page.locator("#blocked")).not_to_be_attached()
    look(page)


@pytest.mark.rule("TIM-2")
def test_the_sandboxs_clock_shows_what_happened(page: Page, width: int, padaria: Tenant) -> None:
    sign_in(page).goto("/en/settings/contracts/clock/")
    page.get_by_role("button", name="Advance to").click()
    happened = page.locator(".happened")
    for line in ("The next cycle began", "was issued", "was paid"):
        expect(happened).to_contain_text(line)
    look(page)
    assert padaria.contract.cycle_number == 1


def test_everything_but_the_card_fields_works_without_javascript(
    open_context: Callable[..., BrowserContext],
    width: int,
    padaria: Tenant,
    world_server: World,
) -> None:
    page = sign_in(open_context(width=width, java_script_enabled=False).new_page())
    page.goto(f"/en/settings/contracts/{padaria.contract.public_id}/change/")
    page.locator('[name="package"][value="brl-500"]').check()
    page.get_by_role("button", name="See before and after").click()
    page.get_by_role("button", name="Change and pay R$400.00 now").click()
    expect(page.locator(".note.good")).to_contain_text("channel package R$500 hold from now on")
    assert world_server.taken == [40_000]

    page.goto("/en/usage/")
    page.locator("figure details summary").first.click()
    expect(page.locator("figure table").first).to_be_visible()
    page.goto("/en/notices/")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".note.good")).to_contain_text("marked as read")
    page.goto("/en/settings/wallet/add/")
    expect(page.locator(".card-frame .note")).to_be_visible()


@pytest.mark.rule("PKG-11", "FIN-5")
def test_a_campaign_is_estimated_and_the_sends_are_taken_along(
    page: Page, width: int, padaria: Tenant, watch: Watch
) -> None:
    watch.expected.add(422)
    sign_in(page).goto("/en/campaigns/")
    look_by_day_and_night(page)
    page.get_by_role("link", name="Estimate a campaign").click()
    page.get_by_label("How many").first.fill("-1")
    page.get_by_role("button", name="See what it costs").click()
    expect(page.locator(".error-summary")).to_be_focused()
    look_by_day_and_night(page)
    page.get_by_label("How many").first.fill("1,000")
    page.get_by_role("button", name="One more line").click()
    expect(page.get_by_label("How many")).to_have_count(3)
    page.get_by_role("button", name="See what it costs").click()
    expect(page.locator("#answer-card .main")).to_contain_text("R$550.00")
    look_by_day_and_night(page)

    page.goto("/en/usage/")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the sends").click()
    lines = taken.value.path().read_text().splitlines()
    assert len(lines) == 1 + 110  # 80 WhatsApp and 30 SMS


def test_an_estimate_needs_no_script(open_context: Callable[..., BrowserContext], padaria: Tenant) -> None:
    page = sign_in(open_context(java_script_enabled=False).new_page())
    page.goto("/en/campaigns/estimate/")
    page.get_by_role("button", name="One more line").click()
    page.get_by_label("How many").nth(2).fill("10")
    page.get_by_role("button", name="See what it costs").click()
    expect(page.locator("#answer-card")).to_contain_text("It fits.")


@pytest.mark.rule("ACC-1")
def test_the_seller_sees_the_meter_and_it_stays_fresh(page: Page, width: int, padaria: Tenant) -> None:
    make_olga()
    count = {("holds", minutes.GRANTED): 1_200, ("holds", "no_price"): 3}
    answered(count, at=clock.now() - timedelta(minutes=1))
    page.clock.install()
    sign_in(page, "olga@abono.example").goto("/en/back-office/metering/")
    expect(page.locator("#live")).to_contain_text("1,200")
    look_by_day_and_night(page)
    answered({("holds", "id_reused"): 77}, at=clock.now())
    page.clock.run_for(11_000)
    expect(page.locator("#live")).to_contain_text("77")
    look_by_day_and_night(page)
    table = page.locator("#live summary").first
    table.click()
    answered({("holds", "id_reused"): 1}, at=clock.now())
    page.clock.run_for(21_000)
    expect(page.locator("#live details[open]")).to_have_count(1)  # nobody's reading is cut off


def test_how_things_stood_at_a_moment(page: Page, width: int, padaria: Tenant) -> None:
    sign_in(page).goto("/en/settings/contracts/")
    page.get_by_role("link", name="How things stood at a moment").first.click()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("The cycle from")
    look(page)


@pytest.mark.rule("TIM-2", part="says what happened")
def test_a_clock_on_a_long_way_goes_on_by_itself(page: Page, width: int, padaria: Tenant) -> None:
    sign_in(page).goto("/en/settings/contracts/clock/")
    end = padaria.contract.cycle_end
    assert end is not None
    page.get_by_role("textbox", name="Day").fill((end + timedelta(days=330)).date().isoformat())
    page.get_by_role("button", name="Go to this day").click()
    expect(page.locator("#happened")).to_have_text("What happened", timeout=60_000)
    expect(page.locator(".happened")).to_contain_text("Due: the next cycle begins")
    look(page)
    assert padaria.contract.cycle_number == 11
