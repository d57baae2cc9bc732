"""Plans and contracts: what SEE-1 names, and who sees it."""

from __future__ import annotations

import pytest

from abono.kernel.periods import local_date
from abono.platform import formats
from tests.entrypoints.portal.acts import end
from tests.entrypoints.portal.reading import menu, signed_in, words
from tests.world import HOUR, join_ana, sign, use

PAGE = "/en/settings/contracts/"


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
