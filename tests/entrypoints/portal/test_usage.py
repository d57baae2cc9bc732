"""The usage page: channels, days, costs and the projected invoice (FIN-5)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from abono.domain.catalog import queries as catalog
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent
from abono.domain.invoicing import queries as invoices
from abono.domain.metering import actions as metering
from abono.domain.metering import queries as metering_queries
from abono.domain.metering.types import HoldRequest, Outcome, keyed
from abono.entrypoints.site.design import csv_file
from abono.flows.endings.cancel import cancel
from abono.flows.restriction.by_seller import restrict_for_fraud
from abono.kernel.ids import event_key, uuid7
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from tests.entrypoints.portal.acts import end
from tests.entrypoints.portal.reading import signed_in, words
from tests.work import renew_due
from tests.world import DAY, HOUR, hold, join_ana, make_padaria, sign, use

PAGE = "/en/usage/"
CSV = "/usage/csv/"
ZONE = "America/Sao_Paulo"


@pytest.fixture
def used(padaria, signed_at):
    """100 WhatsApp (55.00) and 30 webchat (free) on the first day, 50 SMS (5.00) on the second; 2 on hold (1.10)."""
    use(padaria.contract_id, 100, at=signed_at + HOUR)
    use(padaria.contract_id, 30, channel="webchat", kind="message", country="*", at=signed_at + HOUR)
    use(padaria.contract_id, 50, channel="sms", kind="message", at=signed_at + DAY + HOUR)
    hold(padaria.contract_id, count=2, at=signed_at + DAY + HOUR)
    return padaria


def interact(tenant, count, at):
    """So many contacts write."""
    now = clock.now()
    interactions.observe(
        [
            ContactEvent(
                tenant.contract_id, uuid7(), event_key(f"c{n}"), "whatsapp", "contact_message", at, now
            )
            for n in range(count)
        ]
    )


@pytest.mark.rule("FIN-5", part="channels and interactions")
def test_each_channel_stands_with_count_and_cost(ana, used):
    page = words(ana.get(PAGE))
    assert "WhatsApp Started by the company, Brazil 100 + 2 being confirmed R$55.00 + R$1.10" in page
    assert "SMS Message, Brazil 50 R$5.00" in page
    assert "Webchat Message 30 R$0.00" in page
    assert "Channel package used 180 R$60.00" in page
    balance = metering_queries.balance(contract_id=used.contract_id, at=clock.now())
    assert balance.used_micro == 60_000_000


@pytest.mark.rule("CAT-9", part="unit")
def test_sends_of_several_units_say_how_many_they_are(ana, padaria, signed_at):
    key, reference = keyed("long")
    route = catalog.routes()["sms", "message", "BR"]
    at = signed_at + HOUR
    metering.record([HoldRequest(padaria.contract_id, key, route, at, reference, units=3)], [Outcome.SENT])
    assert "SMS Message, Brazil 1 3 units R$0.30" in words(ana.get(PAGE))


@pytest.mark.rule("FIN-5")
def test_costs_have_the_names_of_the_invoice(ana, used):
    page = words(ana.get(PAGE))
    assert "Software plan Specialist R$600.00 Channel package R$100 R$100.00" in page
    assert "Use beyond channel package R$100 R$0.00" in page
    assert "Cost of this cycle so far R$700.00" in page


@pytest.mark.rule("FIN-5", "INT-6")
def test_interactions_beyond_the_allowance_cost_their_price(ana, padaria, signed_at):
    interact(padaria, 503, signed_at + HOUR)
    page = words(ana.get(PAGE))
    assert "503 of 500" in page
    assert "Extra InteractionZ, plan Specialist R$9.00" in page  # 3 × 3.00
    assert "Cost of this cycle so far R$709.00" in page


def test_the_pace_never_leads_beyond_where_sending_stops(ana, padaria, signed_at):
    """11.00 in ten days of thirty are about 33.00 in all; 88.00 would be 264.00, and sending stops at 200.00."""
    use(padaria.contract_id, 20, at=signed_at + HOUR)
    page = words(ana.get(PAGE))
    assert "will be used by" in page
    assert "At this pace" not in page
    use(padaria.contract_id, 140, at=signed_at + HOUR)
    page = words(ana.get(PAGE))
    assert "At this pace sends stop at R$200.00, before the cycle ends." in page
    assert "will be used by" not in page
    use(padaria.contract_id, 210, at=signed_at + HOUR)  # the last ones do not fit
    page = words(ana.get(PAGE))
    assert "Sending blocked" in page
    assert "At this pace" not in page


@pytest.mark.rule("FIN-5", part="cost and projection")
def test_the_projected_invoice_is_what_renewal_invoices(signed_at):
    padaria = make_padaria(now=signed_at - 31 * DAY)
    first = padaria.contract
    use(padaria.contract_id, 210, at=first.cycle_start + 2 * DAY)  # 115.50: 15.50 beyond
    ana = signed_in("ana@padaria.example")
    projected = words(ana.get(PAGE)).partition("Next invoice, as things stand")[2]
    assert "Use beyond channel package R$100 R$15.50 Total R$715.50" in projected
    renew_due(now=clock.now(), customer_id=padaria.customer_id)
    assert invoices.find(padaria.contract_id, key="cycle:1").total_minor == 71_550


@pytest.mark.rule("END-3", part="last invoice")
def test_of_a_cancelled_contract_it_is_the_last_one_and_pays_for_no_other_cycle(ana, used):
    cancel(contract_id=used.contract_id, actor="ana", now=clock.now())
    page = words(ana.get(PAGE))
    assert "Next invoice" not in page
    assert "It bills only what was used" in page.partition("Last invoice, as things stand")[2]


@pytest.mark.rule("END-5", part="no package")
def test_of_a_restricted_contract_no_cycle_that_begins_is_projected_and_no_pace(ana, used):
    assert "At the pace so far" in words(ana.get(PAGE))
    restrict_for_fraud(contract_id=used.contract_id, why="Stolen cards.", actor="olga", now=clock.now())
    page = words(ana.get(PAGE))
    assert "At the pace so far" not in page
    projected = page.partition("Next invoice, as things stand")[2]
    assert "Total R$0.00 As long as the contract is restricted, nothing is billed of the cycle" in projected
    assert "It pays for the cycle that begins then" not in projected


@pytest.mark.rule("FIN-5", part="current and earlier")
def test_earlier_cycles_can_be_chosen_with_the_invoice_that_billed_them(signed_at):
    padaria = make_padaria(now=signed_at - 31 * DAY)
    first = padaria.contract
    use(padaria.contract_id, 210, at=first.cycle_start + 2 * DAY)
    renew_due(now=clock.now(), customer_id=padaria.customer_id)
    ana = signed_in("ana@padaria.example")
    now_page = words(ana.get(PAGE))
    assert "Cost of this cycle so far R$700.00" in now_page
    day = local_date(first.cycle_start, ZONE).isoformat()
    earlier = words(ana.get(PAGE, {"cycle": day}))
    billed = invoices.find(padaria.contract_id, key="cycle:1")
    assert "Cost of this cycle R$715.50" in earlier
    assert f"What went beyond the allowances was billed on {billed.title}" in earlier
    assert "Next invoice, as things stand" not in earlier


@pytest.mark.rule("TIM-3")
def test_a_cycle_is_named_by_its_first_and_last_day(ana, padaria):
    contract = padaria.contract
    first, last = (
        local_date(contract.cycle_start, ZONE),
        local_date(contract.cycle_end, ZONE) - timedelta(days=1),
    )
    assert f"{formats.day(first, 'en')} – {formats.day(last, 'en')} (now)" in words(ana.get(PAGE))


def test_a_cycle_that_never_was_does_not_exist(ana, padaria):
    for cycle in ("2020-01-01", "soon", "\0", "9" * 21, "2026-02-31"):
        assert ana.get(PAGE, {"cycle": cycle}).status_code == 404, cycle
        assert ana.get(f"/en{CSV}", {"cycle": cycle}).status_code == 404, cycle


def test_a_cycle_that_has_not_begun_is_not_shown(ana, padaria):
    following = local_date(padaria.contract.cycle_end, ZONE).isoformat()
    assert ana.get(PAGE, {"cycle": following}).status_code == 404


@pytest.mark.rule("FIN-5")
def test_charts_have_their_table_and_the_lines_at_which_something_happens(ana, used, signed_at):
    text = ana.get(PAGE).content.decode()
    assert "Package R$100.00" in text
    page = words(ana.get(PAGE))
    first = formats.short_day(local_date(signed_at + HOUR, ZONE), "en")
    second = formats.short_day(local_date(signed_at + DAY + HOUR, ZONE), "en")
    package = page.partition("Channel package, all channels")[2]
    assert f"{first} R$55.00 {second} R$61.10" in package  # 55.00, then 5.00 and 1.10 on hold
    assert f"{first} 100 {second} 2" in page.partition("Sends on each day of the cycle; R$56.10 in all.")[2]
    assert text.count('<svg class="chart-drawing"') == 4  # the package, WhatsApp, SMS, webchat


def read(response, delimiter):
    text = response.content.decode()
    assert text.startswith(csv_file.BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(csv_file.BOM)), delimiter=delimiter))


@pytest.mark.rule("FIN-5", part="CSV")
def test_the_file_says_the_same_as_the_page(ana, used):
    for language, delimiter, point in (("es", ";", ","), ("pt-br", ";", ","), ("en", ",", ".")):
        response = ana.get(f"/{language}{CSV}")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in response["Content-Disposition"]
        header, *rows = read(response, delimiter)
        assert len(header) == 6
        drawn = [row[4] for row in rows if row[1] and row[4]]
        assert sum(int(amount.replace(point, "")) for amount in drawn) == 6_110  # 60.00 used, 1.10 on hold
        costs = [row[4] for row in rows if row[4] and not row[1]]
        assert costs == [f"600{point}00", f"100{point}00", f"0{point}00", f"0{point}00"]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@sum", "\tx", "\rx"])
def test_a_spreadsheet_runs_nothing_of_the_file(text):
    response = csv_file.response("x.csv", header=["a"], rows=[[text]], language="en")
    assert f"'{text[0]}" in response.content.decode()


def test_negative_amounts_stay_numbers():
    response = csv_file.response(
        "x.csv", header=["a"], rows=[[csv_file.decimal(-150, "BRL", "es")]], language="es"
    )
    assert "\r\n-1,50\r\n" in response.content.decode()


def test_before_the_first_payment_there_is_nothing_to_show(signed_at):
    signed = sign(card="lost", now=signed_at)
    join_ana(signed)
    ana = signed_in("ana@padaria.example")
    assert "The first cycle begins as soon as the first payment is confirmed." in words(ana.get(PAGE))
    assert ana.get(f"/en{CSV}").status_code == 404


@pytest.mark.rule("SEE-3")
def test_an_ended_contract_keeps_its_usage(ana, used):
    end(used)
    page = words(ana.get(PAGE))
    assert "Channel package used 180 R$60.00" in page
    assert "Next invoice" not in page
    assert "(now)" not in page
    assert "so far" not in page
