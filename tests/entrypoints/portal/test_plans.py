"""Plans and contracts: what SEE-1 names, raising the package, the sandbox's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Reason
from abono.flows.billing.project import project_invoice
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from tests.entrypoints.portal.acts import FULL, end, pay_with, restrict
from tests.entrypoints.portal.reading import hidden, menu, signed_in, words
from tests.work import ask_gateways
from tests.world import HOUR, hold, join_ana, make_padaria, sign, use

PAGE = "/en/settings/contracts/"
CLOCK = "/en/settings/contracts/clock/"


def raise_url(tenant):
    return f"{PAGE}{public('ctr', tenant.contract_id)}/raise/"


@pytest.mark.rule("SEE-1", part="names, status, number, adhesion")
@pytest.mark.rule("SEE-1", part="financial contact")
@pytest.mark.rule("SEE-1", part="price and next charge")
@pytest.mark.rule("SEE-1", part="payment method")
@pytest.mark.rule("SEE-1", part="terms accepted")
def test_the_page_shows_everything_about_the_contract(ana, padaria):
    page = words(ana.get(PAGE))
    contract = padaria.contract
    day = formats.long_day(contract.adhesion_date, "en")
    assert "Software plan Specialist" in page
    assert "Channel package R$100" in page
    assert "Status Active" in page
    assert f"Contract number {contract.number}" in page
    assert f"Date of adhesion {day}" in page
    assert "Financial contact Fabiana Reis financeiro@padaria.example" in page
    assert "Price per month R$700.00 plan R$600.00 + package R$100.00" in page
    next_day = formats.long_day(local_date(contract.cycle_end, "America/Sao_Paulo"), "en")
    assert f"Next charge, as things stand R$700.00 on {next_day}" in page
    assert "Payment method Visa •••• 4243 expires 12/2030" in page
    assert "Terms accepted Version 2026-11, by Ana Souza" in page
    assert "First charge paid · Ana Souza" in page


@pytest.mark.rule("SEE-1", "FIN-5")
def test_the_next_charge_grows_with_what_is_beyond_the_package(ana, padaria, signed_at):
    use(padaria.contract_id, 200, at=signed_at + HOUR)  # 110.00: 10.00 beyond
    page = words(ana.get(PAGE))
    assert "Next charge, as things stand R$710.00" in page
    assert "Beyond the allowances so far R$10.00" in page


def test_session_prices_of_the_package_stand_with_their_volume(ana, padaria):
    page = words(ana.get(PAGE))
    assert "WhatsApp Started by the company R$0.550 about 182" in page  # ceil(100 / 0.55)
    assert "SMS Message R$0.100 about 1,000" in page
    assert "Webchat Message free – no limit" in page


@pytest.mark.rule("SEE-2", part="absent from the menu")
def test_the_page_is_absent_from_the_menu_of_everybody_else(ana, bruno, carla):
    assert "Plans and contracts" in menu(ana.get("/en/home/"))
    assert "Plans and contracts" not in menu(bruno.get("/en/home/"))
    assert "Plans and contracts" not in menu(carla.get("/en/profile/"))


@pytest.mark.rule("SEE-3")
def test_an_ended_contract_stays_visible(ana, padaria):
    end(padaria)
    page = words(ana.get(PAGE))
    assert "There is no contract in force." in page
    assert f"Ended contracts Contract {padaria.contract.number} Ended" in page
    assert "Software plan Specialist" in page


@pytest.mark.rule("CON-4")
def test_a_pending_contract_says_that_dates_are_still_to_come(signed_at):
    signed = sign(card="lost", now=signed_at)
    join_ana(signed)
    page = words(signed_in("ana@padaria.example").get(PAGE))
    assert "Status Pending" in page
    assert "Date of adhesion when the first payment is confirmed" in page


@pytest.mark.rule("LIM-4", "PAY-1")
@pytest.mark.rule("CHG-1", part="before and after")
def test_raising_the_package_shows_before_and_after_and_does_what_it_showed(ana, padaria, signed_at, gateway):
    use(padaria.contract_id, FULL + 1, at=signed_at + HOUR)  # 199.65: blocked
    page = ana.get(raise_url(padaria), {"package": "brl-250"})
    said = words(page)
    assert "Channel package every month R$100.00 R$250.00" in said
    assert "WhatsApp Started by the company R$0.5500 R$0.5300" in said
    assert "Charged today Visa •••• 4243 R$150.00" in said
    assert "Raise to R$250 and pay R$150.00 now" in said

    done = ana.post(
        raise_url(padaria), {"package": "brl-250", "today_minor": hidden(page, "today_minor")}, follow=True
    )
    assert "The channel package is R$250 now: R$150.00 paid. Sending is open." in words(done)
    assert gateway.calls[-1].amount.minor == 15_000
    assert padaria.contract.package_code == "brl-250"
    _ids, [again] = hold(padaria.contract_id, at=clock.now())
    assert (again.status.granted, again.price_micro) == (True, 530_000)


@pytest.mark.rule("CHG-1")
def test_a_second_press_charges_nothing(ana, padaria, gateway):
    form = {"package": "brl-250", "today_minor": "15000"}
    ana.post(raise_url(padaria), form)
    charged = len(gateway.calls)
    again = ana.post(raise_url(padaria), form, follow=True)
    assert "Nothing was charged again." in words(again)
    assert len(gateway.calls) == charged


@pytest.mark.rule("CHG-1")
def test_amounts_that_changed_meanwhile_are_shown_again_not_charged(ana, padaria, gateway):
    charged = len(gateway.calls)
    answer = ana.post(raise_url(padaria), {"package": "brl-250", "today_minor": "14999"})
    assert answer.status_code == 409
    assert "The amounts changed since you saw them" in words(answer)
    assert "pay R$150.00 now" in words(answer)
    assert len(gateway.calls) == charged


def test_a_package_that_is_not_bigger_or_not_on_sale_is_refused(ana, padaria):
    for package, status in (("usd-50", 422), ("brl-9999", 409), ("-", 409), ("\0", 409), ("x" * 999, 409)):
        answer = ana.post(raise_url(padaria), {"package": package, "today_minor": "0"})
        assert answer.status_code == status, package
        assert ana.get(raise_url(padaria), {"package": package}).status_code == status, package
    assert padaria.contract.package_code == "brl-100"


@pytest.mark.rule("WAL-6", "CHG-7")
def test_a_declined_raise_says_what_to_check_and_changes_nothing(ana, padaria):
    pay_with(padaria, "decline:balance")
    answer = ana.post(raise_url(padaria), {"package": "brl-250", "today_minor": "15000"})
    page = words(answer)
    assert answer.status_code == 402
    assert "The card was not accepted." in page
    assert page.index("enough balance") < page.index("digit by digit") < page.index("Before and after")
    assert padaria.contract.package_code == "brl-100"
    raises = invoices.with_key_prefix(padaria.contract_id, "change:")
    assert [invoice.title for invoice in raises] == [""]  # a draft: nothing was issued


@pytest.mark.rule("PAY-7")
def test_an_unclear_payment_is_confirmed_later_and_never_made_twice(ana, padaria, gateway):
    pay_with(padaria, "lost")
    form = {"package": "brl-250", "today_minor": "15000"}
    answer = ana.post(raise_url(padaria), form, follow=True)
    assert "Your payment is being confirmed" in words(answer)
    assert "R$150.00" in words(answer)
    assert padaria.contract.package_code == "brl-100"
    again = ana.post(raise_url(padaria), form)
    assert again.status_code == 409
    assert "You will not be charged twice." in words(again)
    assert len([amount for amount in gateway.book.values() if amount == 15_000]) == 1

    ask_gateways(real=clock.now() + timedelta(minutes=5), customer_id=padaria.customer_id)
    assert padaria.contract.package_code == "brl-250"


def test_the_biggest_package_cannot_be_raised(signed_at):
    padaria = make_padaria(package="brl-2000", now=signed_at)
    page = words(signed_in("ana@padaria.example").get(raise_url(padaria)))
    assert "This is the biggest package on sale." in page


@pytest.mark.rule("TIM-2", part="says what happened")
def test_advancing_to_the_next_cycle_tells_what_happened(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    use(padaria.contract_id, 200, at=signed_at + HOUR)  # 110.00
    ana = signed_in("ana@padaria.example")
    projected = project_invoice(contract_id=padaria.contract_id)
    page = ana.get(CLOCK)
    assert "It cannot be turned back." in words(page)
    result = words(ana.post(CLOCK, {"to": hidden(page, "to")}, follow=True))
    assert "What happened" in result
    assert "The next cycle began" in result
    assert "R$0.00 of the package was left and is lost." in result
    assert "over R$710.00 was issued" in result  # 600 + 100 + 10 beyond
    assert "was paid: R$710.00" in result

    contract = padaria.contract
    assert contract.cycle_number == 1
    renewal = invoices.find(padaria.contract_id, key="cycle:1")
    assert renewal.reason is Reason.RENEWAL
    # What the page projected is what the renewal invoiced (FIN-5).
    assert [(line.kind, line.amount.minor) for line in projected.lines] == [
        (line.kind, line.amount_minor) for line in renewal.lines
    ]


@pytest.mark.rule("TIM-2")
def test_the_same_press_twice_advances_once(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana = signed_in("ana@padaria.example")
    to = hidden(ana.get(CLOCK), "to")
    ana.post(CLOCK, {"to": to})
    second = words(ana.post(CLOCK, {"to": to}, follow=True))
    assert padaria.contract.cycle_number == 1
    assert "Nothing: the clock was there already." in second
    assert len(invoices.list_for_customer(padaria.customer_id)) == 2


@pytest.mark.rule("TIM-2")
def test_a_clock_goes_only_to_the_end_of_the_cycle(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana = signed_in("ana@padaria.example")
    for to in ("", "soon", "2026-13-41", "2026-12-01T00:00:00", "9999-12-31T00:00:00+00:00", "\0"):
        assert ana.post(CLOCK, {"to": to}).status_code == 422, to
    assert padaria.contract.cycle_number == 0


@pytest.mark.rule("TIM-2")
def test_only_a_sandbox_has_a_clock_to_move(ana, padaria):
    assert "Sandbox clock" not in words(ana.get(PAGE))
    answer = ana.post(CLOCK, {"to": padaria.contract.cycle_end.isoformat()})
    assert answer.status_code == 409
    assert "Only a sandbox organization" in words(answer)
    assert padaria.contract.cycle_number == 0


def test_a_restricted_contract_cannot_be_raised(ana, padaria):
    restrict(padaria)
    answer = ana.get(raise_url(padaria))
    assert answer.status_code == 409
    assert "is not active" in words(answer)
    assert ana.post(raise_url(padaria), {"package": "brl-250", "today_minor": "15000"}).status_code == 409
    assert padaria.contract.package_code == "brl-100"
