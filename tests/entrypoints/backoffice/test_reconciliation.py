"""The seller's page of a day of the clearing accounts, its file, and the same for programs (PAY-13)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.translation import override

from abono.domain.journal import reconciliation
from abono.domain.journal.models import Entry
from abono.domain.journal.reconciliation import Move, Waits
from abono.domain.payments.models import Attempt
from abono.entrypoints.backoffice.reconciliation.views import MOVES, WAITS
from abono.flows.check_books import check_nightly
from abono.platform import clock
from tests import sql
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import words
from tests.examples import first_by_day
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.world import Tenant, load_catalog, make_padaria

pytestmark = pytest.mark.rule("PAY-13", part="clearing accounts")
PAGE = "/en/back-office/reconciliation/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=lately() - timedelta(days=9))


def cook() -> None:
    sql.run("SET LOCAL session_replication_role = replica")  # past the guards of the tables
    Attempt.objects.update(amount_minor=1_348_00)


def test_a_day_is_seen_as_a_page_a_file_and_by_programs_and_a_cooked_row_stands_first(
    olga: Client, padaria: Tenant
) -> None:
    day = Entry.objects.values_list("day", flat=True).first()
    assert day is not None
    seller, asked = program(None, "read"), {"day": day.isoformat()}
    page = words(olga.get(PAGE, asked))
    assert "agrees: there is no difference that nothing explains." in page
    assert "Charges and payments R$1,349.00 R$1,349.00 R$0.00" in page
    assert "Not arrived in an account of yours yet R$1,349.00 since" in page
    told = seller.get(f"/reconciliations/{day}").json()
    assert (told["agrees"], told["differences"]) == (True, [])
    [account] = told["accounts"]
    assert (account["opening_minor"], account["closing_minor"]) == (0, 1_349_00)
    assert account["moves"] == [{"move": "came", "booked_minor": 1_349_00, "told_minor": 1_349_00}]
    assert [(one["why"], one["amount_minor"]) for one in account["open"]] == [("unpaid", 1_349_00)]

    cook()
    found = words(olga.get(PAGE, asked))
    assert "Nothing explains this Payment simulator A payment was received · A-000001" in found
    assert "The journal has R$1,349.00, and suppliers say R$1,348.00." in found
    assert "Charges and payments R$1,349.00 R$1,348.00 R$1.00" in found
    [wrong] = seller.get(f"/reconciliations/{day}").json()["differences"]
    assert (wrong["fact"], wrong["booked_minor"], wrong["told_minor"]) == (
        "payment_received",
        1_349_00,
        1_348_00,
    )
    text = olga.get(f"{PAGE}csv/", asked).content.decode().removeprefix("\ufeff")
    head, first, *rest = csv.reader(io.StringIO(text))
    assert head[-3:] == ["By the journal", "By suppliers", "Difference"]
    assert first[3:] == [
        "Unexplained: A payment was received · A-000001",
        "",
        "1349.00",
        "1348.00",
        "1.00",
    ]
    assert [row[5] for row in rest if row[3] == "At the end of the day"] == ["1349.00"]
    assert check_nightly(now=clock.now() - (reconciliation.today(now=clock.now()) - day - timedelta(1))) > 0


@pytest.mark.parametrize(
    ("language", "title"), first_by_day([("es", "Conciliación"), ("pt-br", "Conciliação"), ("en", "")])
)
def test_it_is_of_yesterday_unless_asked_and_of_no_day_that_has_not_come(
    olga: Client, padaria: Tenant, language: str, title: str
) -> None:
    page = PAGE.replace("/en/", f"/{language}/")
    yesterday = reconciliation.yesterday(now=clock.now())
    assert f'value="{yesterday}"' in olga.get(page).text
    assert title in words(olga.get(page))
    for wrong in ("9999-12-31", "0001-01-01", "x", "", str(yesterday + timedelta(days=2))):
        answer = olga.get(page, {"day": wrong})
        assert answer.status_code == 422, wrong
        assert olga.get(f"{page}csv/", {"day": wrong}).status_code in (422, 429), wrong
    assert program(None, "read").get("/reconciliations/9999-12-31").status_code == 422
    assert program(padaria.customer_id, "read").get(f"/reconciliations/{yesterday}").status_code == 403


def test_every_move_and_reason_has_words() -> None:
    assert (set(MOVES), set(WAITS)) == (set(Move), set(Waits))
    for language in ("es", "pt-br", "en"):
        with override(language):
            assert len({str(one) for one in (*MOVES.values(), *WAITS.values())}) == len(Move) + len(Waits)
