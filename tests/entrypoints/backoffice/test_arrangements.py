"""Own prices and add-ons in the back office, and what the customer sees of them on its page and by the API (CAT-11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.contracts import arrangements
from abono.domain.contracts.models import Arrangement
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import hidden, words
from tests.world import Tenant

PAGE = "/en/back-office/arrangements/"


@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.rule("CAT-11", part="add-ons")
@pytest.mark.rule("CAT-11", part="dates and reason")
def test_the_next_invoice_is_seen_first_and_the_customer_sees_what_was_arranged(
    olga: Client, ana: Client, padaria: Tenant
) -> None:
    number = padaria.contract.number
    today = local_date(clock.now(), "America/Sao_Paulo")
    named = hidden(olga.get(PAGE, {"contract": number}), "named")
    asked = {
        "named": named,
        "contract": number,
        "kind": "plan",
        "price": "550.00",
        "since": str(today + timedelta(days=1)),
        "why": "Agreed in May",
    }
    assert olga.post(PAGE, {**asked, "price": "-1"}).status_code == 422
    looked = olga.post(PAGE, asked)
    seen, confirm = words(looked), hidden(looked, "confirm")
    assert "As it is Software plan Specialist R$600.00 Channel package R$100 R$100.00 Total R$700.00" in seen
    assert "As it would be Software plan Specialist R$550.00" in seen
    other = words(olga.post(PAGE, {**asked, "price": "55.00", "confirm": confirm}))
    assert (
        "As it would be Software plan Specialist R$55.00" in other
    )  # nobody arranges what they did not look at
    assert not Arrangement.objects.exists()
    assert "Arranged, and told to the customer." in words(
        olga.post(PAGE, {**asked, "confirm": confirm}, follow=True)
    )
    added = {**asked, "kind": "add_on", "name": "Training", "quantity": "2", "price": "150.00", "once": "on"}
    added |= {"named": hidden(olga.get(PAGE, {"contract": number}), "named")}
    added["confirm"] = hidden(olga.post(PAGE, added), "confirm")
    for _press in range(2):  # the second is the first once more
        assert olga.post(PAGE, added).status_code == 302
    page = words(ana.get("/en/settings/contracts/"))
    assert "Software plan Specialist: R$550.00 for cycles that begin from" in page
    assert "Add-on Training: 2 × R$150.00" in page
    assert "R$950.00" in page  # 550 + 100 + 2 x 150 on the next invoice
    said = (
        program(padaria.customer_id)
        .get(f"/contracts/{padaria.contract.public_id}/arrangements")
        .json()["items"]
    )
    assert [(one["kind"], one["of"], one["quantity"], one["price_micro"]) for one in said] == [
        ("plan", "specialist", 1, 550_000_000),
        ("add_on", "Training", 2, 150_000_000),
    ]
    [plan, _training] = arrangements.of_contract(padaria.contract_id)
    last = {"last": str(today), "why": "Not any more"}
    assert "Total R$1,000.00" in words(olga.post(f"{PAGE}{plan.public_id}/", last))
    olga.post(f"{PAGE}{plan.public_id}/", {**last, "confirm": last["last"]})
    assert "R$550.00" not in words(ana.get("/en/settings/contracts/"))
    assert olga.get(f"{PAGE}arr_{'0' * 26}/").status_code == 404
    assert olga.get(PAGE, {"contract": "2026-000000-0"}).status_code == 422


@pytest.mark.rule("ACC-5", part="second person: other")
def test_so_much_a_month_waits_for_a_second_person_who_sees_what_it_is(olga: Client, padaria: Tenant) -> None:
    set_value(setting=SECOND_PERSON_PRICES, value="BRL 40", actor="olga", why="a test", now=clock.now())
    tomorrow = local_date(clock.now(), "America/Sao_Paulo") + timedelta(days=1)
    number = padaria.contract.number
    asked = {
        "named": hidden(olga.get(PAGE, {"contract": number}), "named"),
        "contract": number,
        "kind": "add_on",
        "name": "Training",
        "quantity": "2",
        "price": "150.00",
        "since": str(tomorrow),
        "why": "Agreed in May",
    }
    looked = olga.post(PAGE, asked)
    assert "So much needs a second person: nothing is done until they agree." in words(looked)
    seen = olga.post(PAGE, {**asked, "confirm": hidden(looked, "confirm")}, follow=True)
    assert "A second person is asked. It is done, and the customer told, when they agree." in words(seen)
    assert "R$300.00 Status" in words(seen)
    day = formats.long_day(tomorrow, "en")
    assert f"What Add-on: Training Quantity 2 Price R$150.00 From {day}" in words(seen)
    assert not Arrangement.objects.exists()


@pytest.mark.rule("LNG-1", part="back office")
def test_a_refusal_names_the_field_as_the_form_does(olga: Client, padaria: Tenant) -> None:
    number, spanish = padaria.contract.number, PAGE.replace("en", "es", 1)
    today = local_date(clock.now(), "America/Sao_Paulo")
    typed = {
        "named": hidden(olga.get(PAGE, {"contract": number}), "named"),
        "contract": number,
        "kind": "plan",
        "price": "550,00",
        "since": str(today + timedelta(days=9)),
        "until": str(today + timedelta(days=2)),
        "why": "x",
    }
    seen = words(olga.post(spanish, typed))
    assert "Esto no se puede acordar: revisa «Hasta»." in seen
    assert "Hasta (opcional)" in seen
