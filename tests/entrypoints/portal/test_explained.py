"""What an invoice bills beyond the allowances can be followed to the sends that make it (FIN-4)."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest
from django.test import Client
from pypdf import PdfReader

from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.flows.charges.explained import Part, explained
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.ids import event_key, uuid7
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.acts import FULL, block
from tests.entrypoints.portal.reading import pays, signed_in, words
from tests.work import renew_due
from tests.world import DAY, HOUR, Tenant, bigger, make_padaria, use


@pytest.fixture
def padaria(signed_at: datetime) -> Tenant:
    return make_padaria(now=signed_at)


@pytest.fixture
def began(signed_at: datetime) -> datetime:
    return signed_at + HOUR


def beyond(padaria: Tenant, began: datetime) -> None:
    """100.00 of the package: 100 x 0.55 and 450 x 0.10. Beyond it, later: 10 x 0.55 = 5.50 and 20 x 0.10 = 2.00."""
    use(padaria.contract_id, 100, at=began)
    use(padaria.contract_id, 450, channel="sms", kind="message", at=began + HOUR)
    use(padaria.contract_id, 10, at=began + DAY)
    use(padaria.contract_id, 20, channel="sms", kind="message", at=began + DAY)


def renewal(padaria: Tenant):
    renew_due(now=padaria.contract.cycle_end, customer_id=padaria.customer_id)
    found = invoices.find(padaria.contract_id, key="cycle:1")
    assert found is not None
    return found


def page_of(invoice) -> str:
    return f"/en/settings/financial/{invoice.public_id}/"


@pytest.mark.rule("FIN-4", part="use by channel, kind and country")
@pytest.mark.rule("FIN-4", part="page, PDF and API")
def test_page_paper_and_api_say_what_the_line_is_made_of(padaria, began) -> None:
    beyond(padaria, began)
    invoice = renewal(padaria)
    ana = signed_in("ana@padaria.example")
    said = words(ana.get(page_of(invoice)))
    whatsapp = "WhatsApp, Started by the company, Brazil"
    assert f"{whatsapp} Each send as CSV R$5.50" in said
    assert "SMS, Message, Brazil Each send as CSV R$2.00" in said
    paper = PdfReader(io.BytesIO(ana.get(f"{page_of(invoice)}pdf/").content)).pages[0].extract_text()
    assert whatsapp in paper
    assert "R$5.50" in paper
    lines = program(padaria.customer_id).get(f"/invoices/{invoice.public_id}").json()["lines"]
    assert [line["parts"] for line in lines if line["kind"] == "overage"] == [
        [
            {
                "channel": "whatsapp",
                "kind": "company",
                "country": "BR",
                "quantity": None,
                "amount_minor": 550,
            },
            {"channel": "sms", "kind": "message", "country": "BR", "quantity": None, "amount_minor": 200},
        ]
    ]
    assert [line["parts"] for line in lines if line["kind"] != "overage"] == [[], []]


@pytest.mark.rule("FIN-4", part="equals the usage page")
def test_the_usage_page_says_the_same(padaria, began) -> None:
    beyond(padaria, began)
    said = words(signed_in("ana@padaria.example").get(f"/en/usage/?cycle={_first_day(padaria)}"))
    assert "Started by the company, Brazil 110 R$60.50 R$5.50 beyond the package" in said
    assert "Message, Brazil 470 R$47.00 R$2.00 beyond the package" in said


@pytest.mark.rule("FIN-4", part="down to the events")
def test_each_part_leads_to_its_sends(padaria, began) -> None:
    beyond(padaria, began)
    invoice, ana = renewal(padaria), signed_in("ana@padaria.example")
    page = ana.get(page_of(invoice)).content.decode()
    address = f"/en/usage/sends/csv/?cycle={_first_day(padaria)}&amp;channel=sms"
    assert f'href="{address}"' in page
    rows = list(csv.DictReader(io.StringIO(_text(ana, address.replace("&amp;", "&")))))
    assert len(rows) == 470
    assert sum(float(row["Beyond the package"]) for row in rows) == pytest.approx(2.00)


@pytest.mark.rule("FIN-4", part="adds up to the line")
def test_an_interim_invoice_and_the_one_after_it_share_what_lies_beyond(padaria, began) -> None:
    """Blocked at 363 x 0.55 = 199.65: 99.65 on the interim. Paid, it goes on with SMS: 30 x 0.10 on the next one."""
    block(padaria, began)
    [interim] = invoices.pending(customer_id=padaria.customer_id)
    pays(signed_in("ana@padaria.example"), page_of(interim) + "pay/")
    use(padaria.contract_id, 30, channel="sms", kind="message", at=began + 2 * DAY)
    both = [invoices.get(interim.id), renewal(padaria)]
    found = [
        (line.amount_minor, parts)
        for invoice in both
        for line, parts in zip(invoice.lines, explained(invoice), strict=True)
        if line.kind is LineKind.OVERAGE
    ]
    assert FULL * 55 - 100_00 == 99_65
    assert found == [
        (99_65, [Part("whatsapp", "company", "BR", None, 99_65)]),
        (3_00, [Part("sms", "message", "BR", None, 3_00)]),
    ]


@pytest.mark.rule("FIN-4", part="adds up to the line")
def test_what_was_billed_before_the_package_was_raised_still_adds_up(padaria, began) -> None:
    """100.00 of SMS lay in the package; what lay beyond it was WhatsApp alone, whatever the package is now."""
    use(padaria.contract_id, 1_000, channel="sms", kind="message", at=began)
    use(padaria.contract_id, 200, at=began + HOUR)  # 181 x 0.55 = 99.55 find place
    tell_thresholds()
    [interim] = invoices.pending(customer_id=padaria.customer_id)
    pays(signed_in("ana@padaria.example"), page_of(interim) + "pay/")
    before = explained(invoices.get(interim.id))
    bigger(padaria, now=clock.now())
    assert explained(invoices.get(interim.id)) == before == [[Part("whatsapp", "company", "BR", None, 99_55)]]


@pytest.mark.rule("FIN-4", part="interactions by channel")
def test_extra_interactions_are_told_by_channel(padaria, began) -> None:
    """500 are included. 497 contacts write on WhatsApp, then 5 on webchat and 2 on WhatsApp: 2 and 2 of them extra."""
    contacts = [("whatsapp", 497, began), ("webchat", 5, began + HOUR), ("whatsapp", 2, began + 2 * HOUR)]
    for channel, count, at in contacts:
        interactions.observe(
            [
                ContactEvent(
                    padaria.contract_id, uuid7(), event_key(f"{at} {n}"), channel, "contact_message", at, at
                )
                for n in range(count)
            ]
        )
    invoice = renewal(padaria)
    [(line, parts)] = [
        (line, parts) for line, parts in zip(invoice.lines, explained(invoice), strict=True) if parts
    ]
    half = line.amount_minor // 2
    assert parts == [
        Part("webchat", None, None, 2, half),
        Part("whatsapp", None, None, 2, half),
    ]
    said = words(signed_in("ana@padaria.example").get(page_of(invoice)))
    assert "2 × Webchat" in said
    assert "2 × WhatsApp" in said


def _first_day(padaria: Tenant) -> str:
    return padaria.contract.adhesion_date.isoformat()


def _text(client: Client, address: str) -> str:
    return b"".join(client.get(address).streaming_content).decode("utf-8-sig")
