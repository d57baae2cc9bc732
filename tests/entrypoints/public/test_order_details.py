"""Contracting: who contracts. Whatever is typed comes back; nothing is half done."""

from __future__ import annotations

import string
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from abono.domain.contracts.models import Contract, Signup
from abono.domain.customers.models import Customer
from abono.domain.identity import queries as people
from abono.domain.identity.models import Person
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.mail import compose
from abono.domain.notices.models import Email
from abono.entrypoints.portal.order.forms import DetailsForm
from abono.entrypoints.site import links
from abono.flows.billing.documents import invoice_file
from abono.platform import clock
from abono.platform.models import PersonalValues
from tests.entrypoints.public.conftest import DETAILS, Browser, Fields
from tests.examples import first_by_day, through_the_database

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


def nothing_was_made() -> bool:
    return not (Customer.objects.exists() or Contract.objects.exists() or Person.objects.exists())


@pytest.mark.rule("CON-4", part="nothing typed is lost")
def test_what_is_typed_is_kept_at_each_field(browser: Browser) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    first = browser.client.post("/en/order/", {**choice, "legal_name": "Pad", "keep": "yes"})
    order = first.json()["order"]
    assert browser.client.post(order, {"legal_name": "Padaria", "keep": "yes"}).json() == {"order": order}
    for language in ("en", "es", "pt-br"):  # reloaded, and in another language
        assert browser.fields(order.replace("/en/", f"/{language}/"))["legal_name"] == "Padaria"
    assert nothing_was_made()


@pytest.mark.rule("CON-2")
def test_right_details_lead_to_the_payment_and_come_back_when_changed(browser: Browser) -> None:
    order = browser.choose()
    reply = browser.fill_in(order)
    assert (reply.status_code, reply["Location"]) == (302, f"{order}pay/")
    shown = browser.fields(order)
    assert {name: shown.get(name, "") for name in DETAILS} == DETAILS
    assert nothing_was_made()


@pytest.mark.rule("CON-4", part="nothing typed is lost")
@through_the_database(25)
@given(
    typed=st.fixed_dictionaries(
        {
            "legal_name": WORDS,
            "tax_id": WORDS,
            "administrator_name": WORDS,
            "administrator_email": WORDS,
            "financial_name": WORDS,
            "financial_email": WORDS,
            "country": st.sampled_from(["", "BR", "CO", "US"]),
            "time_zone": st.sampled_from(["", "America/Manaus", "America/Bogota"]),
            "same_person": st.sampled_from(["", "on"]),
        }
    )
)
def test_whatever_is_typed_comes_back_right_or_wrong(browser: Browser, typed: dict[str, str]) -> None:
    order = browser.choose()
    answer = browser.client.post(order, typed)  # the terms are not accepted: it is never right
    assert answer.status_code == 422
    for page in (answer, browser.get(order)):  # at once, and from another tab or another day
        shown = Fields(page.content.decode()).values
        assert {name: shown.get(name, "") for name in typed} == typed


WRONG = [
    ("legal_name", ""),
    ("legal_name", "   "),
    ("legal_name", "a" * 161),
    ("legal_name", "a" * 10_000),
    ("legal_name", "Pada\0ria"),
    ("legal_name", "Padaria\x1b[2J"),
    ("legal_name", "\u200b"),
    ("legal_name", "Padaria\u2028Total 0,00"),
    ("legal_name", "Padaria \u202eloS"),
    ("legal_name", "12-34"),
    ("country", ""),
    ("country", "XX"),
    ("country", "BR\0"),
    ("tax_id", ""),
    ("tax_id", "11.222.333/0001-82"),
    ("tax_id", "11111111111"),
    ("tax_id", "9" * 21),
    ("tax_id", "²" * 14),
    ("tax_id", "\0"),
    ("tax_id", "\u200b"),
    ("time_zone", "America/Atlantis"),
    ("administrator_name", ""),
    ("administrator_name", "Ana\nSouza\0"),
    ("administrator_name", "\ufeff"),
    ("administrator_email", "ana"),
    ("administrator_email", "ana@localhost"),
    ("administrator_email", "añá@padaria.example"),
    ("administrator_email", "\u212aen@padaria.example"),
    ("administrator_email", "ana@padaria.example\0"),
    ("administrator_email", "a" * 250 + "@x.example"),
    ("financial_name", ""),
    ("financial_name", "\u2066Fabiana"),
    ("financial_email", "nobody"),
    ("street", ""),
    ("number", ""),
    ("district", "\u200b"),
    ("city", " "),
    ("region", "São Paulo"),
    ("postal_code", "01310"),
    ("accept", ""),
    ("accept", "2019-01 en"),
]


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.rule("CON-4", part="nothing typed is lost")
def test_what_is_wrong_is_said_at_its_field_and_on_top_and_nothing_is_lost(browser: Browser) -> None:
    for field, wrong in WRONG:
        order = browser.choose()
        reply = browser.fill_in(order, **{field: wrong})
        page = reply.content.decode()
        assert reply.status_code == 422, (field, wrong)
        assert list(reply.context["form"].errors) == [field], wrong
        assert f'id="id_{field}_error"' in page, wrong
        assert f'href="#id_{field}"' in page, wrong
        shown = Fields(page).values
        others = {name: text for name, text in DETAILS.items() if name not in (field, "accept")}
        assert {name: shown.get(name, "") for name in others} == others, (field, wrong)
        assert browser.get(f"{order}pay/").status_code == 302, (field, wrong)  # there is no way around
        assert nothing_was_made(), (field, wrong)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "country",
    first_by_day(["BR", "MX", "AR", "CL", "CO", "CR", "DO", "EC", "GT", "PE", "PY", "SV", "US", "UY"], 3),
)
@through_the_database(60)
@given(tax_id=st.text(max_size=40) | st.text(string.digits + ".-/ ²①", min_size=5, max_size=20))
def test_no_tax_id_whatever_breaks_the_form(country: str, tax_id: str) -> None:
    form = DetailsForm({**DETAILS, "country": country, "tax_id": tax_id}, currency="BRL")
    form.is_valid()
    assert set(form.errors) <= {"tax_id", "region", "postal_code"}


def test_the_tax_id_is_called_after_the_country(browser: Browser) -> None:
    order = browser.choose()
    assert "(CNPJ / CPF)" in browser.get(order).content.decode()  # reais: Brazil is offered first
    browser.fill_in(order, country="CO")
    page = browser.get(order).content.decode()
    assert "<span data-tax-id-name> (NIT)</span>" in page
    assert 'data-tax-id="RUT"' in page  # for the script, when another one is picked


@pytest.mark.rule("CON-2", part="financial contact")
def test_the_same_person_may_answer_for_payment_without_typing_it_twice(browser: Browser) -> None:
    order = browser.choose()
    reply = browser.fill_in(order, same_person="on", financial_name="", financial_email="broken@")
    assert reply.status_code == 302
    form = DetailsForm(Signup.objects.get().typed, currency="BRL")
    assert form.is_valid()
    assert form.customer.financial_email == "ana@padaria.example"
    assert form.customer.time_zone == "America/Sao_Paulo"  # the usual one of the country


@pytest.mark.rule("CON-2", part="administrator")
def test_an_address_of_another_script_is_kept_as_mail_servers_know_it(browser: Browser) -> None:
    order = browser.ready_to_pay(administrator_email="Ana@B\u00fccher.example")
    browser.pay(order)
    ana = people.find_person("ana@b\u00fccher.example")
    assert ana is not None
    assert ana.email == "ana@xn--bcher-kva.example"
    told = Email.objects.filter(to_email=ana.email, notice__kind="contract_active").get()
    message = compose(told.id, attach=lambda *_: ("x", b""), link_for=links.link_for)
    assert message.to == [f"Ana Souza <{ana.email}>"]
    assert message.message().as_bytes()
    assert "/set-password/" in message.body


def test_the_generic_number_of_mexico_is_refused_with_the_reason(browser: Browser) -> None:
    order = browser.choose()
    page = browser.fill_in(order, country="MX", tax_id="XAXX010101000").content.decode()
    assert "is the generic number for buyers without one of their own" in page


@pytest.mark.rule("CON-2", part="postal address")
def test_the_postal_address_stands_on_the_payment_the_invoice_and_its_page(browser: Browser) -> None:
    order = browser.ready_to_pay(complement="Loja 2", region="sp", postal_code="01310 200")
    written = ("Avenida Paulista, 1578, Loja 2", "Bela Vista", "São Paulo – SP", "01310-200")
    page = browser.get(f"{order}pay/").content.decode()
    assert all(line in page for line in written)
    browser.pay(order)
    customer = Customer.objects.get()
    assert (customer.address["region"], customer.address["postal_code"]) == ("SP", "01310200")

    browser.get(f"{order}done/")
    invoice = Invoice.objects.get()
    shown = browser.get(f"/en/settings/financial/{invoice.public_id}/").content.decode()
    _name, pdf = invoice_file(invoice_id=invoice.id, language="en", real=clock.now())
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    for line in written:
        assert line in shown
        assert line.replace(" ", "") in said.replace(" ", "").replace("\n", "")
    created = PersonalValues.objects.get(event__name="customer.created")
    assert created.after["address"]["street"] == "Avenida Paulista"


def test_another_country_asks_for_another_address(browser: Browser) -> None:
    order = browser.choose()
    page = browser.fill_in(order, country="US", tax_id="91-1144442", region="California").content.decode()
    assert "Write it as two letters, such as NY." in page
    assert "<span data-code-name> (ZIP)</span>" in page
    reply = browser.fill_in(
        order,
        country="UY",
        tax_id="21-100342-001-7",
        region="Montevideo",
        number="",
        district="",
        postal_code="",
    )
    assert reply.status_code == 302
