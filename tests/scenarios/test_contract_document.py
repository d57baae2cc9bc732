"""The contract on paper: what is agreed, and the terms as they were accepted."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, fields, replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.models import Acceptance, TermsText
from abono.domain.customers import queries as customers
from abono.domain.customers.models import Customer
from abono.domain.customers.types import Particulars
from abono.flows.documents.contract import contract_file
from abono.flows.people.organization import change_organization
from abono.flows.signup import terms
from tests.entrypoints.portal.acts import end
from tests.examples import first_by_day
from tests.pdfs import check_accessible, languages, pages, words
from tests.world import ANA, DAY, JUNE_1, PADARIA, Tenant, make_luna, sign

LANGUAGES = ("es", "pt-br", "en")


def paper(tenant: Tenant, language: str = "en") -> bytes:
    return contract_file(tenant.contract, customers.get(tenant.customer_id), language, now=JUNE_1 + DAY)[1]


@pytest.mark.rule("CON-2", part="terms kept")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_it_says_who_accepted_which_text_and_gives_the_whole_of_it(padaria: Tenant, language: str) -> None:
    """In the language in which it was accepted, whatever that of the document is."""
    said, kept = words(paper(padaria, language)), Acceptance.objects.get(contract_id=padaria.contract_id)
    for fact in (ANA.name, ANA.email, "203.0.113.7", "2026-11"):
        assert fact in said
    assert kept.terms_hash in said.replace(" ", "")
    text = " ".join(terms.text("pt-br").split())
    assert text in said
    assert hashlib.sha256(terms.text("pt-br").encode()).hexdigest() == kept.terms_hash


@pytest.mark.rule("CON-2", part="terms kept")
def test_a_text_with_another_hash_is_not_handed_out_as_the_one_that_was_accepted(padaria: Tenant) -> None:
    kept = contracts.acceptance(padaria.contract_id)
    assert kept is not None
    other = replace(kept, terms_hash="0" * 64, accepted_at=kept.accepted_at + DAY)
    Acceptance.objects.create(contract_id=padaria.contract_id, **asdict(other))
    said = words(paper(padaria))
    assert "0" * 64 in said.replace(" ", "")
    assert "is not kept here" in said
    assert " ".join(terms.text("pt-br").split()) not in said


@pytest.mark.rule("CON-2", part="terms kept")
def test_the_text_stays_whatever_takes_its_place(padaria: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    before = paper(padaria)
    monkeypatch.setattr(terms, "text", lambda _language: "Other terms, of the same version.")
    assert paper(padaria) == before
    luna = make_luna()
    assert "Other terms, of the same version." in words(paper(luna))
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        TermsText.objects.update(text="Everything is ours.")


@pytest.mark.rule("CON-2", part="terms kept")
def test_it_names_the_buyer_as_they_are_and_as_they_accepted_the_terms(padaria: Tenant) -> None:
    then = "On behalf of Padaria Sol Ltda., CNPJ 11.222.333/0001-81"
    assert then in words(paper(padaria))
    for name, at in (("Padaria Lua Ltda.", JUNE_1 + DAY), ("Padaria Mar Ltda.", JUNE_1 + 2 * DAY)):
        now = customers.get(padaria.customer_id)
        kept = {one.name: getattr(now, one.name) for one in fields(Particulars)}
        change_organization(
            customer_id=padaria.customer_id,
            new=Particulars(**{**kept, "legal_name": name}),
            by="Ana",
            by_seller=False,
            actor="ana",
            now=at,
        )
    said = words(paper(padaria))
    assert then in said
    assert "Customer Padaria Mar Ltda." in said
    assert "Padaria Lua" not in said


@pytest.mark.rule("SEE-1", part="names, status, number, adhesion")
@pytest.mark.rule("CON-5", part="shown everywhere")
def test_it_says_what_is_agreed_and_what_it_costs(padaria: Tenant) -> None:
    said = words(paper(padaria))
    for fact in (
        f"Contract {padaria.contract.number}",
        PADARIA.legal_name,
        "CNPJ 11.222.333/0001-81",
        "Avenida Paulista, 1578, Loja 2",
        "Date of adhesion 1 June 2026",
        "Every month R$700.00",
        "Specialist, version 1",
        "Price per month R$600.00",
        "InteractionZ included in a month 500",
        "Licences included 10",
        "R$100, version 1",
        "at 100% of the session prices, until R$200.00 of package and overage are used",
        "Counted from 1 June 2026",
        "Mass sends on several channels",
        "WhatsApp, Started by the company, Brazil 1 Jul 2025 R$0.550",
        "Status In force",
    ):
        assert fact in said


@pytest.mark.rule("SEE-3")
def test_an_ended_contract_has_its_document_too(padaria: Tenant) -> None:
    end(padaria)
    said = words(paper(padaria))
    assert "Ended on" in said
    assert "Status Ended" in said
    assert "WhatsApp, Started by the company, Brazil" in said


def test_what_never_was_paid_has_none() -> None:
    signed = sign(card="lost")
    pending = contracts.get(signed.contract_id)
    with pytest.raises(ContractNotRunning):
        contract_file(pending, customers.get(signed.customer_id), "en", now=JUNE_1)


@pytest.mark.rule("LNG-1", part="PDFs")
@pytest.mark.parametrize(
    ("language", "value"),
    first_by_day([("es", "R$ 700,00"), ("pt-br", "R$ 700,00"), ("en", "R$700.00")]),
)
def test_it_can_be_read_by_everybody(padaria: Tenant, language: str, value: str) -> None:
    pdf = paper(padaria, language)
    assert value in words(pdf)
    check_accessible(pdf, language=language, title=padaria.contract.number)
    assert "pt-BR" in languages(pdf)  # of the terms
    assert paper(padaria, language) == pdf


def test_only_prices_that_changed_change_it(padaria: Tenant) -> None:
    later = contract_file(
        padaria.contract, customers.get(padaria.customer_id), "en", now=JUNE_1 + timedelta(days=30)
    )[1]
    assert later == paper(padaria)


def test_a_long_name_and_one_that_the_font_lacks_still_have_a_document(padaria: Tenant) -> None:
    for name in ("W" * 160, "日本語株式会社"):
        Customer.objects.filter(id=padaria.customer_id).update(legal_name=name)
        assert pages(paper(padaria)) >= 2
        assert padaria.contract.number in words(paper(padaria))
