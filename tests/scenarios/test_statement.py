"""The statement of a cycle's package: the same sums as the usage page (PKG-3, FIN-5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.models import SessionPrice
from abono.domain.customers import queries as customers
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent
from abono.domain.metering import queries as metering
from abono.domain.usage import queries as usage
from abono.flows.documents.statement import statement_file
from abono.kernel.ids import event_key, uuid7
from abono.platform import formats
from tests.examples import first_by_day
from tests.pdfs import check_accessible, words
from tests.world import DAY, HOUR, JUNE_1, Tenant, hold, use

LANGUAGES = ("es", "pt-br", "en")


@pytest.fixture
def used(padaria: Tenant) -> Tenant:
    """100 WhatsApp (55.00) and 30 webchat (free) on the first day, 50 SMS (5.00) late on the second; 2 on hold (1.10)."""
    late = JUNE_1 + DAY + timedelta(hours=11, minutes=30)  # 23:30 in São Paulo, the next day in UTC
    use(padaria.contract_id, 100, at=JUNE_1 + HOUR)
    use(padaria.contract_id, 30, channel="webchat", kind="message", country="*", at=JUNE_1 + HOUR)
    use(padaria.contract_id, 50, channel="sms", kind="message", at=late)
    hold(padaria.contract_id, count=2, at=JUNE_1 + DAY + HOUR)
    return padaria


def paper(tenant: Tenant, language: str = "en", now: datetime = JUNE_1 + 3 * DAY) -> bytes:
    balance = metering.balance(contract_id=tenant.contract_id, at=JUNE_1 + HOUR)
    return statement_file(tenant.contract, customers.get(tenant.customer_id), balance, language, now=now)[1]


@pytest.mark.rule("PKG-3", part="statement")
def test_while_the_cycle_runs_it_says_what_is_left(used: Tenant) -> None:
    said = words(paper(used))
    for fact in (
        "1 Jun 2026 – 30 Jun 2026",
        f"Contract {used.contract.number}",
        "Value of the cycle R$100.00",
        "Used R$60.00",  # 55.00 + 5.00
        "being confirmed R$1.10",
        "until 30 June 2026 R$38.90",  # 100.00 - 60.00 - 1.10
        "Limit, with the package R$200.00",
        "Status The cycle is running",
    ):
        assert fact in said, fact
    assert "lost at the end" not in said


@pytest.mark.rule("PKG-3", part="lost at the end")
@pytest.mark.rule("PKG-3", part="statement")
def test_when_it_is_over_it_says_what_expired(used: Tenant) -> None:
    said = words(paper(used, now=JUNE_1 + 40 * DAY))
    assert "Not used, and lost at the end R$38.90" in said
    assert "Status Complete" in said


@pytest.mark.rule("PKG-3", part="statement")
@pytest.mark.rule("FIN-5", part="channels and interactions")
def test_use_stands_by_channel_kind_and_country_and_adds_up(used: Tenant) -> None:
    said = words(paper(used))
    assert "WhatsApp, Started by the company, Brazil Being confirmed: 2, R$1.10 100 100 R$55.00" in said
    assert "SMS, Message, Brazil 50 50 R$5.00" in said
    assert "Webchat, Message 30 30 R$0.00" in said
    assert "Channel package used 180 180 R$60.00" in said
    balance = metering.balance(contract_id=used.contract_id, at=JUNE_1 + HOUR)
    routes = usage.use_by_route(contract_id=used.contract_id, cycle_start=balance.cycle.start)
    assert sum(one.sent_micro for one in routes) == balance.used_micro == 60_000_000


@pytest.mark.rule("TIM-5")
def test_its_days_are_those_of_the_customer(used: Tenant) -> None:
    """What was sent at 23:30 in São Paulo is of that day, though it was the next one in UTC."""
    said = words(paper(used))
    assert "1 Jun 2026 130 R$55.00 2 Jun 2026 52 R$6.10 Together 182 R$61.10" in said
    assert "Days are those of America/Sao Paulo." in said


@pytest.mark.rule("PKG-3", part="statement")
def test_what_lies_beyond_the_package_stands_with_its_price(used: Tenant) -> None:
    use(used.contract_id, 100, at=JUNE_1 + 2 * DAY)  # 55.00: 115.00 used
    said = words(paper(used))
    assert "Used beyond the package R$15.00 at session prices, billed at 100%: R$15.00" in said
    assert "R$15.00 beyond the package" in said
    assert "until 30 June 2026 R$0.00" in said


@pytest.mark.rule("PKG-3", part="statement")
def test_interactions_stand_with_what_is_included(used: Tenant) -> None:
    at = JUNE_1 + HOUR
    interactions.observe(
        [
            ContactEvent(used.contract_id, uuid7(), event_key(f"c{n}"), channel, "contact_message", at, at)
            for n, channel in enumerate(["whatsapp"] * 3 + ["webchat"] * 2)
        ]
    )
    said = words(paper(used))
    assert "Included 500 Used 5 Beyond those included 0" in said
    assert "WhatsApp 3 Webchat 2 All channels 5" in said


@pytest.mark.rule("PKG-3", part="statement")
@pytest.mark.rule("CAT-9", part="free quantity")
def test_units_that_were_free_are_told(padaria: Tenant) -> None:
    """Three a month are: of five sends at 0.10 two are paid."""
    SessionPrice.objects.create(
        package_id=padaria.contract.package_id,
        route_id=catalog.routes()["sms", "message", "BR"],
        price_micro=100_000,
        valid_from=JUNE_1 - DAY,
        free_quantity=3,
        free_scope="contract",
        free_period="month",
        free_zone="America/Sao_Paulo",
    )
    use(padaria.contract_id, 5, channel="sms", kind="message", at=JUNE_1 + HOUR)
    assert "SMS, Message, Brazil Free units: 3 5 5 R$0.20" in words(paper(padaria))


@pytest.mark.rule("LNG-1", part="PDFs")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_it_can_be_read_by_everybody(used: Tenant, language: str) -> None:
    pdf = paper(used, language)
    check_accessible(pdf, language=language, title=used.contract.number)
    assert formats.micro(60_000_000, "BRL", language).replace("\u00a0", " ") in words(pdf)
    assert paper(used, language) == pdf


def test_a_cycle_without_a_send_has_one_too(padaria: Tenant) -> None:
    assert "Nothing was sent in this cycle." in words(paper(padaria))
