"""The seller's pages on which indexes are kept and prices adjusted by one (CAT-13); for nobody else (ACC-1)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.platform import clock
from abono.platform.models import Event
from tests.adjustments import lately_known
from tests.entrypoints.portal.reading import words
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.scenarios.years import a_year
from tests.world import Tenant

PAGE, INDEXES = "/en/back-office/adjustments/", "/en/back-office/indexes/"


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_months_are_pasted_as_a_file_says_them_and_taken_along_as_one(olga: Client, padaria: Tenant) -> None:
    told = {"code": "igp-m", "name": "IGP-M", "values": "Month;Percent\n2026-01;0,33\n02/2026;-0,0150 %\n"}
    assert "2 values were written." in words(olga.post(INDEXES, told, follow=True))
    again = olga.post(f"{INDEXES}IGP-M/", {"values": "2026-01,0.33"}, follow=True)
    assert "All of that stood there already. Nothing was changed." in words(again)
    assert "January 2026 0.3300% can be put right" in words(olga.get(f"{INDEXES}IGP-M/"))
    file = olga.get(f"{INDEXES}IGP-M/csv/").content.decode()
    assert [*csv.reader(io.StringIO(file.lstrip("\ufeff")))][1:] == [
        ["2026-01", "0.3300"],
        ["2026-02", "-0.0150"],
    ]
    pasted = olga.post(f"{INDEXES}IGP-M/", {"values": file}, follow=True)  # as it is
    assert "All of that stood there already." in words(pasted)


@pytest.mark.rule("CAT-13", part="yearly adjustment")
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("", "Write at least one month."),
        ("2026-01;0,33\nFebruary;1", "Line 2, “February;1”: write a month and its percent"),
        ("2026-01;1000", "Line 1, “2026-01;1000”"),
        ("2026-02-30", "Line 1, “2026-02-30”"),
        ("0001-01;1", "Line 1, “0001-01;1”"),
        ("٢٠٢٦-٠١;١", "Line 1, “٢٠٢٦-٠١;١”"),
        ("2026-13;1", "Line 1, “2026-13;1”"),
        ("2026-01;1\n2026-03;1", "The month 2026-02 is missing"),
        ("2026-01;1\n2026-01;2", "The month 2026-01 stands there twice"),
    ],
)
def test_what_is_no_index_is_refused_with_the_line(
    olga: Client, padaria: Tenant, values: str, says: str
) -> None:
    answer = olga.post(INDEXES, {"code": "IPCA", "values": values})
    assert answer.status_code == 422
    assert says in words(answer)
    assert "There is none yet." in words(olga.get(INDEXES))


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
def test_staff_see_what_each_pays_and_confirm_and_take_back(olga: Client, padaria: Tenant) -> None:
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=lately())
    assert "There is no index yet." in words(olga.get(PAGE))
    lately_known()
    asked = {
        "index": "IPCA",
        "currency": "BRL",
        "months": "newest",
        "parts": ["plan", "package"],
        "until": f"{clock.now().date().replace(year=clock.now().year + 1)}",
        "only": padaria.contract.number,
    }
    unknown = olga.post(PAGE, {**asked, "only": "2026-999999-9"})
    assert "There is no contract with the number 2026-999999-9." in words(unknown)
    address = str(olga.post(PAGE, asked)["Location"])
    page = words(olga.get(address))
    assert "× 1.12682503" in page  # 1.01 twelve times over
    assert "Software plan: R$600.00 → R$676.10 Channel package: R$100.00 → R$112.68" in page
    assert "R$700.00 R$788.78 R$88.78" in page
    assert "Nothing is changed yet." in page

    assert "Nothing was done: tick the box to confirm." in words(olga.post(address))
    done = olga.post(address, {"confirm": "yes"}, follow=True)
    assert "Done: the prices rise on their days, and the customers are told." in words(done)
    again = olga.post(address, {"confirm": "yes"}, follow=True)
    assert "This was applied before. Nothing was done again." in words(again)
    [event] = Event.objects.filter(name="contract.adjusted")
    assert event.actor.startswith("person:")
    rows = [*csv.DictReader(io.StringIO(olga.get(f"{address}csv/").content.decode().lstrip("\ufeff")))]
    assert [(row["Before"], row["After"]) for row in rows] == [("600.00", "676.10"), ("100.00", "112.68")]

    line = f"{address}{padaria.contract.public_id}/"
    assert olga.post(line, {"why": ""}).status_code == 422
    back = words(olga.post(line, {"why": "agreed"}, follow=True))
    assert "Taken back, and told to the customer" in back
    assert "taken back: agreed" in back


@pytest.mark.rule("CAT-10", part="the rest monthly")
def test_a_plan_by_the_year_is_in_no_sum_of_a_month(olga: Client, db: None, gateway: FakeGateway) -> None:
    """6,000.00 a year rise by 760.95, which is 63.41 a month."""
    a_year(now=lately())
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=lately())
    lately_known()
    until = lately().date() + timedelta(days=366)
    asked = {
        "index": "IPCA",
        "currency": "BRL",
        "months": "newest",
        "parts": ["plan", "package"],
        "until": until,
    }
    page = words(olga.post(PAGE, asked, follow=True))
    assert "Software plan, a year: R$6,000.00 → R$6,760.95" in page
    assert (
        "Total in BRL R$100.00 R$112.68 R$12.68 With the twelfth of what plans by the year rise it is R$76.09"
        in page
    )
