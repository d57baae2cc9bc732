"""The seller's page of the journal: balances, entries, filters and the file (PAY-13)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import LineKind
from abono.domain.journal.types import Account, Fact
from abono.entrypoints.backoffice.journal import views
from abono.entrypoints.backoffice.journal.views import ACCOUNTS, FACTS, account
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.stories import credited
from tests.world import Tenant, load_catalog, make_luna, make_padaria

PAGE = "/en/back-office/journal/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    tenant = make_padaria(now=lately() - timedelta(days=9))
    credited(tenant)
    return tenant


def rows(answer: Any) -> list[list[str]]:
    text = answer.content.decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.rule("PAY-13", part="double entry")
def test_the_seller_sees_balances_and_every_posting_with_its_reason(olga: Client, padaria: Tenant) -> None:
    page = words(olga.get(PAGE))
    # 1,349.00 were paid; 100.00 of the plan's 600.00 were taken back and are credit
    assert (
        "Clearing of a gateway or way of payment · Payment simulator R$1,349.00 Credit of customers \N{MINUS SIGN}R$100.00"
        " Revenue · Activation \N{MINUS SIGN}R$649.00 Revenue · Channel package \N{MINUS SIGN}R$100.00 Revenue · Software plan \N{MINUS SIGN}R$500.00"
    ) in page
    assert page.count("A credit note was issued Padaria Sol Ltda. A-000001") == 2
    assert "A payment was received Padaria Sol Ltda. A-000001 R$1,349.00" in page


@pytest.mark.rule("PAY-13", part="double entry")
def test_it_is_narrowed_by_customer_invoice_account_and_day(olga: Client, padaria: Tenant) -> None:
    luna = make_luna(now=clock.now())
    theirs = Invoice.objects.get(customer_id=luna.customer_id)

    def shown(**query: str) -> str:
        answer = olga.get(PAGE, query)
        assert answer.status_code == 200
        return words(answer)

    assert "Ferretería Luna" in shown()
    assert "Ferretería Luna" not in shown(customer="padaria sol")
    for typed in ("ferreteria", "FERRETERÍA LUNA", "Ferreteri\u0301a", "ferretería luna s"):
        assert "Ferretería Luna" in shown(customer=typed), typed
        assert "Padaria Sol" not in shown(customer=typed), typed
    assert "No entry fits these filters." in shown(customer="ferret%ria")
    assert "Padaria Sol" not in shown(invoice=theirs.title)
    assert shown(invoice=theirs.title.lower()) == shown(invoice=theirs.title)
    assert "sum to zero" in shown(invoice=theirs.title)
    assert "sum to zero" not in shown(account="clearing")
    only_credit = shown(account="credit")
    assert "Credit was granted by a credit note" in only_credit
    assert "A payment was received" not in only_credit
    assert "Clearing of a gateway or way of payment ·" not in only_credit.split("Journal", 2)[1]
    assert "No entry fits these filters." in shown(until="2020-01-01")
    for nothing in ({"invoice": "A-999999"}, {"invoice": "A-"}, {"invoice": "A-²"}, {"customer": "nobody\0"}):
        assert olga.get(PAGE, nothing).status_code in (200, 422)
        assert "A payment was received" not in words(olga.get(PAGE, nothing))
    wrong = olga.get(PAGE, {"since": "yesterday"})
    assert wrong.status_code == 422
    assert "Enter a valid date" in words(wrong)
    assert olga.get(PAGE, {"before": "jrn_nonsense"}).status_code == 404


@pytest.mark.rule("PAY-13", part="double entry")
def test_it_is_read_page_by_page(olga: Client, padaria: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PER_PAGE", 2)
    first = olga.get(PAGE)
    assert "A payment was received" not in words(first)
    older = first.context["older"]
    assert "before=jrn_" in older
    last = olga.get(PAGE + older)
    assert "A payment was received" in words(last)
    assert last.context["older"] == ""


@pytest.mark.rule("PAY-13", part="double entry")
def test_the_file_has_a_row_for_each_posting_and_its_columns_sum_up(olga: Client, padaria: Tenant) -> None:
    head, *found = rows(olga.get(f"{PAGE}csv/"))
    assert head[-4:] == ["Account", "Debit", "Credit", "Currency"]
    assert len(found) == 2 + 4 + 2 + 2
    debits, credits = (sum(float(row[at]) for row in found if row[at]) for at in (-3, -2))
    assert debits == credits == 1_349.00 + 1_349.00 + 100.00 + 100.00
    only = rows(olga.get(f"{PAGE}csv/", {"account": "credit"}))
    assert {row[2] for row in only[1:]} == {"Credit was granted by a credit note"}
    spanish = rows(olga.get("/es/back-office/journal/csv/"))
    assert spanish[0][0].startswith("Asiento;")
    assert any("Se emitió una factura" in row[0] for row in spanish)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "One of the filters is not known here, so no file was made."),
        ("es", "No se conoce uno de los filtros"),
        ("pt-br", "Um dos filtros não é conhecido"),
    ],
)
def test_a_file_by_filters_that_are_not_known_is_none(
    olga: Client, padaria: Tenant, language: str, says: str
) -> None:
    page = PAGE.replace("/en/", f"/{language}/")
    for query in ("since=yesterday", "account=gold", "invoice=A-999999"):
        answer = olga.get(f"{page}csv/?{query}")
        assert (answer.status_code, answer["Content-Type"]) == (422, "text/html; charset=utf-8"), query
        assert says in words(answer)
        assert f'href="{page}?{query}"' in answer.content.decode()


def test_every_account_fact_and_kind_of_line_has_words() -> None:
    assert set(ACCOUNTS) == set(Account)
    assert set(FACTS) == set(Fact)
    for language in ("es", "pt-br", "en"):
        with override(language):
            named = {account(Account.REVENUE, kind.value, language) for kind in LineKind}
            assert len(named) == len(LineKind)
            assert account(Account.RECEIVABLE, "", language)
