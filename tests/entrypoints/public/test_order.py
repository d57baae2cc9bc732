"""Contracting: the choice and the details. Whatever is typed comes back; nothing is half done."""

from __future__ import annotations

import re
import string
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.actions import SIGNUP_KEPT
from abono.domain.contracts.models import Contract, Signup
from abono.domain.customers.models import Customer
from abono.domain.identity import queries as people
from abono.domain.identity.models import Person
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.mail import compose
from abono.domain.notices.models import Email
from abono.entrypoints.portal.order.forms import DetailsForm
from abono.entrypoints.portal.order.views import FREE_ORDERS
from abono.entrypoints.site import links
from abono.flows.billing.documents import invoice_file
from abono.platform import clock
from abono.platform.models import PersonalValues
from tests.entrypoints.public.conftest import DETAILS, Browser, Fields
from tests.world import load_catalog

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


def nothing_was_made() -> bool:
    return not (Customer.objects.exists() or Contract.objects.exists() or Person.objects.exists())


@pytest.mark.rule("CON-1", part="one plan and one package")
@pytest.mark.rule("CON-2", part="first charge line by line")
@pytest.mark.rule("CON-2", part="what comes every month")
def test_the_choice_leads_to_details_beside_the_first_charge_line_by_line(browser: Browser) -> None:
    page = browser.get(browser.choose()).content.decode()
    # 600.00 + 100.00 + 649.00 once = 1,349.00; every month 700.00.
    for said in (
        "Software plan Specialist",
        "R$600.00",
        "Channel package R$100",
        "R$100.00",
        "Activation of plan Specialist",
        "R$649.00",
        "R$1,349.00",
        "R$700.00",
    ):
        assert said in page
    assert page.count("every month") == 2


@pytest.mark.rule("CON-1", part="same currency")
@pytest.mark.rule("CON-1", part="neither alone")
@pytest.mark.parametrize(
    ("plan", "package", "currency"),
    [
        ("", "brl-100", "BRL"),
        ("specialist", "", "BRL"),  # neither alone is sold
        ("specialist", "brl-100", "USD"),
        ("specialist", "usd-20", "BRL"),
        ("specialist", "brl-100", ""),
        ("enterprise", "brl-100", "BRL"),
        ("gold", "brl-100", "BRL"),
        ("specialist\0", "brl-100", "BRL"),
        ("specialist", "brl-100\0", "BRL"),
        ("specialist", "brl-100", "\0"),
        ("x" * 5_000, "9" * 21, "BRL"),
    ],
)
def test_a_choice_that_cannot_be_sold_begins_nothing(
    browser: Browser, plan: str, package: str, currency: str
) -> None:
    choice = {"plan": plan, "package": package, "currency": currency}
    assert browser.client.get("/en/order/", choice).status_code == 404
    assert browser.client.post("/en/order/", {**choice, **DETAILS}).status_code == 404
    assert not Signup.objects.exists()


@pytest.mark.rule("CON-2")
@pytest.mark.rule("CON-9", part="goes on with the same order")
def test_whoever_begins_again_goes_on_with_the_same_order_whatever_is_chosen(browser: Browser) -> None:
    first = browser.choose()
    assert browser.choose() == first
    assert browser.choose(plan="expert", package="usd-50", currency="USD") == first
    kept = Signup.objects.get()
    assert (kept.plan_code, kept.package_code, kept.currency) == ("expert", "usd-50", "USD")


@pytest.mark.rule("CON-2")
def test_looking_at_an_order_makes_nothing_until_something_is_sent(browser: Browser) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    page = browser.client.get("/en/order/", choice)
    assert page.status_code == 200
    assert "R$1,349.00" in page.content.decode()
    assert not Signup.objects.exists()
    assert "sessionid" not in browser.client.cookies

    shown = Fields(page.content.decode()).values
    reply = browser.client.post("/en/order/", {**shown, **choice, **DETAILS})
    order = Signup.objects.get()
    assert reply["Location"].endswith("/pay/")
    assert order.typed["legal_name"] == DETAILS["legal_name"]
    assert browser.client.get("/en/order/", choice).status_code == 302  # it goes on


@pytest.mark.rule("CON-4", part="nothing typed is lost")
def test_a_first_try_that_is_not_right_has_an_address_to_reload_and_to_read_in_another_language(
    browser: Browser,
) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    reply = browser.client.post("/en/order/", {**choice, **DETAILS, "city": ""})
    assert reply.status_code == 302
    for address in (reply["Location"], reply["Location"].replace("/en/", "/es/")):
        page = browser.get(address)
        assert list(page.context["form"].errors) == ["city"]
        assert Fields(page.content.decode()).values["legal_name"] == DETAILS["legal_name"]


def test_the_address_of_an_order_alone_leads_on_and_never_to_nothing(browser: Browser) -> None:
    assert browser.get("/es/order/")["Location"] == "/es/plans/"
    order = browser.choose()
    assert browser.get("/en/order/")["Location"] == order
    assert browser.get("/en/order/?plan=specialist").status_code == 404  # a choice that cannot be sold


def test_a_robot_that_sends_order_after_order_waits(browser: Browser) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    answers = [Client().post("/en/order/", choice).status_code for _ in range(FREE_ORDERS + 2)]
    assert answers == [302] * FREE_ORDERS + [429] * 2
    assert Signup.objects.count() == FREE_ORDERS


@pytest.mark.rule("CON-4", part="nothing typed is lost")
def test_what_is_typed_is_kept_at_each_field(browser: Browser) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    first = browser.client.post("/en/order/", {**choice, "legal_name": "Pad", "keep": "yes"})
    order = first.json()["order"]
    assert browser.client.post(order, {"legal_name": "Padaria", "keep": "yes"}).json() == {"order": order}
    for language in ("en", "es", "pt-br"):  # reloaded, and in another language
        assert browser.fields(order.replace("/en/", f"/{language}/"))["legal_name"] == "Padaria"
    assert nothing_was_made()


@pytest.mark.rule("CON-9", part="goes on with the same order")
def test_a_signed_link_opens_the_order_on_another_device(browser: Browser) -> None:
    order = browser.ready_to_pay()
    link = re.search(r'href="[^"]*(/en/order/resume/[^"]+)"', browser.get(order).content.decode())
    assert link is not None
    other = Client()
    assert other.get(order).status_code == 404
    assert other.get(link[1])["Location"] == order
    shown = Fields(other.get(order).content.decode()).values
    assert shown["legal_name"] == DETAILS["legal_name"]
    for wrong in (f"{link[1][:-2]}/", f"/en/order/resume/{order.split('/')[3]}/", "/en/order/resume/x/"):
        assert Client().get(wrong).status_code == 404


def test_who_is_signed_in_types_nothing_again_and_finds_the_order_on_every_device(browser: Browser) -> None:
    browser.pay(browser.ready_to_pay())
    ana = people.find_person("ana@padaria.example")
    assert ana is not None
    second = Browser(Client(), browser.simulator)
    second.client.force_login(ana)
    order = second.choose()
    shown = second.fields(order)
    wanted = (
        "legal_name",
        "country",
        "tax_id",
        "administrator_name",
        "administrator_email",
        "financial_name",
    )
    assert {name: shown[name] for name in wanted} == {name: DETAILS[name] for name in wanted}

    third = Client()
    third.force_login(ana)
    assert third.get(order).status_code == 200


def test_an_order_opens_only_in_the_browser_that_began_it(browser: Browser) -> None:
    order = browser.ready_to_pay()
    stranger = Client()
    for address in (order, f"{order}pay/", f"{order}done/"):
        assert stranger.get(address).status_code == 404
        assert browser.client.get(address).status_code in (200, 302)
    assert stranger.post(order, DETAILS).status_code == 404
    assert stranger.post(f"{order}pay/", {"frame_ref": "x"}).status_code == 404


@pytest.mark.parametrize("name", ["sig_0", "x", "sig_" + "0" * 26, "ctr_" + "0" * 26, "sig_" + "z" * 300])
def test_an_unknown_order_is_a_page_that_says_so(browser: Browser, name: str) -> None:
    for ending in ("", "pay/", "done/"):
        reply = browser.get(f"/en/order/{name}/{ending}")
        assert reply.status_code == 404
        assert "There is nothing here" in reply.content.decode()


@pytest.mark.rule("CON-2")
def test_right_details_lead_to_the_payment_and_come_back_when_changed(browser: Browser) -> None:
    order = browser.choose()
    reply = browser.fill_in(order)
    assert (reply.status_code, reply["Location"]) == (302, f"{order}pay/")
    shown = browser.fields(order)
    assert {name: shown.get(name, "") for name in DETAILS} == DETAILS
    assert nothing_was_made()


@pytest.mark.rule("CON-4", part="nothing typed is lost")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
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


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.rule("CON-4", part="nothing typed is lost")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
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
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_on_top_and_nothing_is_lost(
    browser: Browser, field: str, wrong: str
) -> None:
    order = browser.choose()
    reply = browser.fill_in(order, **{field: wrong})
    page = reply.content.decode()
    assert reply.status_code == 422
    assert list(reply.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in page
    assert f'href="#id_{field}"' in page
    shown = Fields(page).values
    others = {name: text for name, text in DETAILS.items() if name not in (field, "accept")}
    assert {name: shown.get(name, "") for name in others} == others
    assert browser.get(f"{order}pay/").status_code == 302  # there is no way around
    assert nothing_was_made()


@pytest.mark.parametrize(
    "country", ["AR", "BR", "CL", "CO", "CR", "DO", "EC", "GT", "MX", "PE", "PY", "SV", "US", "UY"]
)
@settings(max_examples=60)
@given(tax_id=st.text(max_size=40) | st.text(string.digits + ".-/ ²①", min_size=5, max_size=20))
def test_no_tax_id_whatever_breaks_the_form(country: str, tax_id: str) -> None:
    form = DetailsForm({**DETAILS, "country": country, "tax_id": tax_id})
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
    form = DetailsForm(Signup.objects.get().typed)
    assert form.is_valid()
    assert form.customer.financial_email == "ana@padaria.example"
    assert form.customer.time_zone == "America/Sao_Paulo"  # the usual one of the country


@pytest.mark.rule("CON-2", "CON-4")
def test_plan_and_package_can_be_changed_beside_the_form_and_what_was_typed_stays(browser: Browser) -> None:
    order = browser.choose()
    reply = browser.client.post(
        order, {"legal_name": "Padaria S", "plan": "expert", "package": "brl-250", "recalculate": "yes"}
    )
    assert reply.status_code == 302
    page = browser.get(order).content.decode()
    assert "R$2,699.00" in page  # 1,800.00 + 250.00 + 649.00
    assert Fields(page).values["legal_name"] == "Padaria S"


@pytest.mark.parametrize(
    ("plan", "package"), [("enterprise", "brl-100"), ("gold", "brl-100"), ("expert", "usd-20"), ("\0", "\0")]
)
def test_a_change_to_what_is_not_sold_changes_nothing(browser: Browser, plan: str, package: str) -> None:
    order = browser.choose()
    browser.fill_in(order, plan=plan, package=package)
    kept = Signup.objects.get()
    assert (kept.plan_code, kept.package_code) == ("specialist", "brl-100")
    assert kept.typed["legal_name"] == DETAILS["legal_name"]


@pytest.mark.rule("CON-4")
def test_another_choice_keeps_what_was_typed_and_accepted(browser: Browser) -> None:
    browser.ready_to_pay()
    shown = browser.fields(browser.choose(plan="expert"))
    assert shown["legal_name"] == DETAILS["legal_name"]
    assert shown["accept"] == DETAILS["accept"]  # the terms are the same: they are not asked again


def test_an_order_whose_plan_was_taken_off_sale_keeps_what_was_typed(browser: Browser) -> None:
    from abono.domain.catalog.models import Plan

    order = browser.ready_to_pay()
    Plan.objects.filter(code="specialist").update(on_sale_until=clock.now())
    reply = browser.get(order)
    assert reply.status_code == 422
    assert "not on sale any more" in reply.content.decode()
    assert Fields(reply.content.decode()).values["legal_name"] == DETAILS["legal_name"]
    assert browser.get(f"{order}pay/").status_code == 302

    browser.fill_in(order, plan="expert", package="brl-100")
    assert browser.get(f"{order}pay/").status_code == 200


@pytest.mark.rule("CON-2")
@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_the_terms_can_be_read_before_they_are_accepted(browser: Browser, language: str) -> None:
    order = browser.choose().replace("/en/", f"/{language}/")
    for address in (order, f"/{language}/terms/"):
        assert "2026-11" in browser.get(address).content.decode()
    assert f'value="2026-11 {language}"' in browser.get(order).content.decode()


def test_a_form_from_elsewhere_is_refused_and_keeps_nothing(shop: None) -> None:
    client = Client(enforce_csrf_checks=True)
    load_catalog()
    page = client.get("/en/order/", {"plan": "specialist", "package": "brl-100", "currency": "BRL"})
    token = Fields(page.content.decode()).values["csrfmiddlewaretoken"]
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    order = client.post("/en/order/", {**choice, "csrfmiddlewaretoken": token})["Location"]
    for address in ("/en/order/", order, f"{order}pay/", "/en/sign-in/", "/en/sign-out/"):
        assert client.post(address, DETAILS).status_code == 403
    assert Signup.objects.get().typed == {}


def test_a_form_that_came_too_late_keeps_what_was_typed_and_leads_back_to_it(shop: None) -> None:
    client = Client(enforce_csrf_checks=True)
    load_catalog()
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    page = client.get("/en/order/", choice).content.decode()
    token = Fields(page).values["csrfmiddlewaretoken"]
    order = client.post("/en/order/", {**choice, "csrfmiddlewaretoken": token})["Location"]
    late = client.post(order, DETAILS, headers={"Origin": "http://testserver"})
    assert late.status_code == 403
    assert "What you typed is kept" in late.content.decode()
    assert f'href="{order}"' in late.content.decode()
    assert 'value="Padaria Sol Ltda."' in client.get(order).content.decode()

    stranger = Client(enforce_csrf_checks=True)
    other = {**DETAILS, "legal_name": "Evil"}
    assert stranger.post(order, other, headers={"Origin": "http://testserver"}).status_code == 403
    assert client.post(order, other, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post(order, other).status_code == 403
    assert 'value="Padaria Sol Ltda."' in client.get(order).content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(browser: Browser, method: str) -> None:
    order = browser.choose()
    for address in (order, f"{order}pay/", f"{order}done/", "/en/order/", "/en/order/resume/x/"):
        assert getattr(browser.client, method)(address).status_code == 405


@pytest.mark.parametrize(("name", "count"), [("legal_name", 1), ("x", 1_100)], ids=["10 MB", "1,100 fields"])
def test_a_body_that_is_too_big_is_refused_whole(browser: Browser, name: str, count: int) -> None:
    order = browser.choose()
    body = "&".join(
        f"{name}{n or ''}=" + "a" * (10_000_000 // count if count == 1 else 10) for n in range(count)
    )
    reply = browser.client.post(order, body, content_type="application/x-www-form-urlencoded")
    assert reply.status_code == 400
    assert "We could not read this request" in reply.content.decode()
    assert Signup.objects.get().typed == {}


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


@pytest.mark.rule("OPS-6")
def test_orders_that_nobody_goes_on_with_are_forgotten_and_paid_ones_stay(browser: Browser) -> None:
    paid = browser.ready_to_pay()
    browser.pay(paid)
    Browser(Client(), browser.simulator).ready_to_pay(legal_name="Left Ltda.")
    old, young = clock.now() + SIGNUP_KEPT + timedelta(minutes=5), clock.now() + timedelta(days=1)
    assert contracts.forget_old_signups(now=young) == 0
    assert contracts.forget_old_signups(now=old) == 1
    assert Signup.objects.get().typed["legal_name"] == DETAILS["legal_name"]
    assert browser.get(f"{paid}done/").status_code == 200
