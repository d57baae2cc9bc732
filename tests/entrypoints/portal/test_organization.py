"""An organization corrects what it says of itself, and names another financial contact (ACC-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from abono.domain.customers.errors import TaxIdKept
from abono.domain.customers.rules import check_same_company
from abono.domain.invoicing import queries as invoices
from abono.domain.notices.models import Email, Notice
from abono.entrypoints.jobs.mail import send_emails
from abono.flows.tell import tell
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event, PersonalValues
from tests.entrypoints.portal.reading import words
from tests.entrypoints.site.test_factors import age
from tests.world import PADARIA

PAGE = "/en/settings/organization/"
CHANGE = f"{PAGE}change/"
PEOPLE = "/en/settings/people/"


def as_it_is(client) -> dict[str, object]:
    return dict(client.get(CHANGE).context["form"].initial)


@pytest.mark.rule("ACC-1")
def test_of_two_administrators_who_change_it_at_once_the_later_hears_of_it_and_loses_nothing(ana, padaria):
    hers, his = as_it_is(ana), as_it_is(ana)
    ana.post(CHANGE, {**hers, "street": "Rua Augusta", "language": "es"})
    page = ana.post(CHANGE, {**his, "legal_name": "Padaria Sol S.A."})
    assert page.status_code == 409
    said = words(page)
    assert "Somebody else changed the data meanwhile, and nothing was saved." in said
    assert "It is by now: Rua Augusta" in said
    assert "It is by now: Español" in said
    assert "It is by now: Padaria Sol Ltda." in said
    assert page.context["form"]["legal_name"].value() == "Padaria Sol S.A."
    assert Event.objects.filter(name="customer.changed").count() == 1
    form = page.context["form"]
    again = {name: form[name].value() for name in form.fields} | {"street": "Rua Augusta"}
    assert "Saved." in words(ana.post(CHANGE, again, follow=True))


@pytest.mark.rule("ACC-1")
@pytest.mark.rule("NOT-1", part="who gets which")
def test_an_administrator_corrects_the_data_and_what_is_issued_stays(ana, padaria):
    [issued] = invoices.of_contract(padaria.contract_id, limit=9)
    typed = as_it_is(ana)
    assert typed["tax_id"] == "11.222.333/0001-81"
    assert "Nothing was changed." in words(ana.post(CHANGE, typed, follow=True))
    typed |= {
        "legal_name": "Padaria Sol S.A.",
        "tax_id": "11.222.333/0002-62",
        "street": "Rua Augusta",
        "financial_name": "Eva Prado",
        "financial_email": "Eva@padaria.example",
        "language": "es",
    }
    page = words(ana.post(CHANGE, typed, follow=True))
    assert "Saved. It holds from the next invoice on" in page
    assert "before: Padaria Sol Ltda. → after: Padaria Sol S.A." in page
    assert "before: 11.222.333/0001-81 → after: 11.222.333/0002-62" in page
    assert "Rua Augusta" in page

    event = Event.objects.get(name="customer.changed")
    assert event.actor == f"person:{padaria.people['ana']}"
    assert (event.before, event.after) == ({"language": "pt-br"}, {"language": "es"})
    assert "Padaria" not in str(event.data)
    kept = PersonalValues.objects.get(event=event)
    assert kept.before["financial_email"] == PADARIA.financial_email
    assert kept.after["financial_email"] == "eva@padaria.example"
    assert sorted(event.data["changed"]) == sorted({**kept.after, **event.after})
    [still] = invoices.of_contract(padaria.contract_id, limit=9)
    assert still.buyer == issued.buyer
    assert "Billed to Padaria Sol Ltda." in words(
        ana.get(f"/en/settings/financial/{public('inv', issued.id)}/")
    )

    send_emails(0)
    told = {(one.to[0].partition("<")[2].rstrip(">"), one.subject) for one in mail.outbox[-3:]}
    assert told == {
        ("ana@padaria.example", "Os dados de Padaria Sol S.A. mudaram"),
        (PADARIA.financial_email, "Você não é mais o responsável financeiro de Padaria Sol S.A."),
        ("eva@padaria.example", "Ahora eres el responsable financiero de Padaria Sol S.A."),
    }
    tell(
        customer_id=padaria.customer_id,
        kind="payment_received",
        key="1",
        facts={"invoice": "A-1", "total_minor": 1, "currency": "BRL"},
        now=clock.now(),
    )
    paid = Email.objects.filter(notice__kind="payment_received", notice__key="1")
    assert {(one.to_email, one.language) for one in paid} >= {("eva@padaria.example", "es")}
    assert PADARIA.financial_email not in {one.to_email for one in paid}


@pytest.mark.rule("ACC-1")
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(ana, padaria, diego, luna):
    typed = as_it_is(ana)
    wrong = {
        "tax_id": "06.990.590/0001-23",
        "legal_name": "x\u202ey",
        "postal_code": "1",
        "financial_email": "eva",
        "region": "ZZ",
    }
    answer = ana.post(CHANGE, typed | wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong) - {"tax_id"}
    answer = ana.post(CHANGE, typed | {"tax_id": wrong["tax_id"]})
    assert "06.990.590/0001-23 is the number of another organization than 11.222.333/0001-81." in words(
        answer
    )
    elsewhere = diego.get(CHANGE)
    assert "Another tax id is another buyer. If yours changed, write to" in words(elsewhere)
    diego.post(CHANGE, dict(elsewhere.context["form"].initial) | {"tax_id": "900.123.456-8"})
    assert not Event.objects.filter(name="customer.changed").exists()
    age(ana, timedelta(minutes=16))
    assert "/sign-in/again/" in ana.post(CHANGE, typed)["Location"]


@pytest.mark.parametrize(
    ("country", "kept", "wanted", "fits"),
    [
        ("BR", "11222333000181", "11222333000262", True),
        ("BR", "11222333000181", "06990590000123", False),
        ("BR", "39053344705", "39053344705", True),
        ("BR", "39053344705", "11222333000181", False),
        ("EC", "1792060346001", "1792060346002", True),
        ("CO", "2131234321", "9001234568", False),
    ],
)
def test_another_tax_id_is_another_buyer_but_for_establishments_of_a_company(country, kept, wanted, fits):
    if fits:
        check_same_company(country=country, kept=kept, wanted=wanted)
        return
    with pytest.raises(TaxIdKept):
        check_same_company(country=country, kept=kept, wanted=wanted)


@pytest.mark.rule("LIC-5", part="deactivated")
def test_invoices_go_to_nobody_who_left_without_being_said(ana, padaria):
    bruno = public("usr", padaria.people["bruno"])
    ana.post(
        CHANGE,
        as_it_is(ana) | {"financial_name": "Bruno Lima", "financial_email": "bruno@padaria.example"},
    )
    says = "Invoices go on going to bruno@padaria.example: Bruno Lima is the financial contact."
    left = "Bruno Lima is not a member of your organization any more"
    assert left not in words(ana.get(PAGE))
    assert "is the financial contact" in words(ana.get(f"{PEOPLE}{bruno}/"))
    assert says in words(ana.post(f"{PEOPLE}{bruno}/deactivate/", follow=True))
    assert left in words(ana.get(PAGE))
    assert says in words(ana.get(f"{PEOPLE}{bruno}/delete/"))
    ana.post(f"{PEOPLE}{bruno}/delete/")
    assert left in words(ana.get(PAGE))
    for notice in Notice.objects.filter(kind="member_changed"):
        assert (notice.facts["pays"], notice.link) == (True, "portal:organization")
    send_emails(0)
    assert all("as faturas continuam indo para" in one.body for one in mail.outbox[-4:])
    ana.post(CHANGE, as_it_is(ana) | {"financial_name": "Ana", "financial_email": "ana@padaria.example"})
    assert left not in words(ana.get(PAGE))
