"""The seller's page on which contracts are moved to newer versions (CAT-5); for nobody else (ACC-1)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.contracts import terms
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.platform.models import Event
from tests.entrypoints.portal.reading import words
from tests.examples import first_by_day
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.scenarios.years import a_year, sell_by_the_year
from tests.versions import new_versions
from tests.world import DAY, Tenant, load_catalog, make_padaria

PAGE = "/en/back-office/versions/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    signed_at = lately() - timedelta(days=10)
    tenant = make_padaria(now=signed_at)
    new_versions(now=signed_at + DAY)
    return tenant


def previewed(olga: Client) -> str:
    """The address of a new preview."""
    answer = olga.post(PAGE, {"plan": "specialist", "package": "brl-100"})
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_staff_see_what_each_pays_and_confirm(olga: Client, padaria: Tenant) -> None:
    assert "Specialist v2" in words(olga.get(PAGE))
    address = previewed(olga)
    page = words(olga.get(address))
    assert "Move to Specialist v2, R$100 v2" in page
    assert (
        f"Padaria Sol Ltda. {padaria.contract.number} Specialist v1 → Specialist v2 R$100 v1 → R$100 v2"
        in page
    )
    assert "R$700.00 R$750.00 R$50.00" in page
    assert "Nothing is changed yet." in page
    assert f"/en/back-office/contracts/{padaria.contract.public_id}/" in olga.get(address).text

    unconfirmed = olga.post(address)
    assert "Nothing was done: tick the box to confirm." in words(unconfirmed)
    assert not terms.ahead().exists()
    done = olga.post(address, {"confirm": "yes"}, follow=True)
    assert "Done: the contracts go on with the newer versions on their days" in words(done)
    assert terms.ahead().exists()
    again = olga.post(address, {"confirm": "yes"}, follow=True)
    assert "This was applied before. Nothing was done again." in words(again)
    [event] = Event.objects.filter(name="contract.versions_promised")
    assert event.actor.startswith("person:")


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_a_preview_is_a_file_too(olga: Client, padaria: Tenant) -> None:
    text = olga.get(f"{previewed(olga)}csv/").content.decode()
    [line] = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert (line["Contract"], line["Each month before"], line["Each month after"], line["Difference"]) == (
        padaria.contract.number,
        "700.00",
        "750.00",
        "50.00",
    )


@pytest.mark.rule("CAT-10", part="the rest monthly")
def test_a_plan_by_the_year_stands_beside_the_month_on_page_and_file(
    olga: Client, db: None, gateway: FakeGateway
) -> None:
    a_year(now=lately() - 10 * DAY)
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=lately() - 9 * DAY)
    sell_by_the_year(now=lately() - 9 * DAY, dearer=600_00)
    address = str(olga.post(PAGE, {"plan": "specialist"})["Location"])
    page = words(olga.get(address))
    assert "Plan, a year: R$6,000.00 → R$6,600.00" in page
    assert "R$100.00 R$100.00 R$0.00 Total in BRL R$100.00 R$100.00 R$0.00 A plan that is paid for" in page
    [line] = list(csv.DictReader(io.StringIO(olga.get(f"{address}csv/").content.decode().lstrip("\ufeff"))))
    found = [line[one] for one in ("Difference", "Plan a year, before", "Plan a year, after")]
    assert found == ["0.00", "6000.00", "6600.00"]


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_what_is_stale_is_said_on_the_page(olga: Client, padaria: Tenant) -> None:
    first, second = previewed(olga), previewed(olga)
    olga.post(first, {"confirm": "yes"})
    stale = olga.post(second, {"confirm": "yes"})
    assert stale.status_code == 409
    assert f"Contract {padaria.contract.number} has changed since the preview" in words(stale)
    nothing = olga.post(PAGE, {"plan": "specialist"})
    assert nothing.status_code == 409
    assert "No contract in force has an older version than the one on sale." in words(nothing)


@pytest.mark.parametrize("language", first_by_day(["es", "pt-br", "en"]))
def test_it_opens_in_every_language(olga: Client, padaria: Tenant, language: str) -> None:
    address = previewed(olga).replace("/en/", f"/{language}/")
    assert olga.get(f"/{language}/back-office/versions/").status_code == 200
    assert olga.get(address).status_code == 200
    assert olga.get("/en/back-office/versions/bat_nothing/").status_code == 404
