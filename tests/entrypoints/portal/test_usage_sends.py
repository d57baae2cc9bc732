"""Every send of a cycle as a file (FIN-5), and the lines of the package's chart (LIM-3)."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.http import StreamingHttpResponse

from abono.domain.catalog import queries as catalog
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldRequest, Outcome, keyed
from abono.domain.usage.send_lines import Chosen, every_send
from abono.entrypoints.site.design import csv_file
from abono.flows.limits.set_own import set_own_limits
from abono.kernel.ids import uuid7
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from tests.entrypoints.portal.reading import words
from tests.world import DAY, HOUR, hold, settle, use

PAGE, CSV = "/en/usage/", "/en/usage/sends/csv/"
ZONE = "America/Sao_Paulo"


@pytest.fixture
def used(padaria, signed_at):
    """3 WhatsApp (0.55) on the first day; 2 SMS (0.10) on the second, one of them rejected; one open on hold."""
    use(padaria.contract_id, 3, at=signed_at + HOUR)
    ids, _answers = hold(
        padaria.contract_id, count=3, channel="sms", kind="message", at=signed_at + DAY + HOUR
    )
    settle(padaria.contract_id, ids[:1], at=signed_at + DAY + 2 * HOUR)
    settle(padaria.contract_id, ids[1:2], outcome=Outcome.REJECTED, at=signed_at + DAY + 2 * HOUR)
    return padaria


def read(response, delimiter=","):
    assert isinstance(response, StreamingHttpResponse)
    text = b"".join(response.streaming_content).decode()
    assert text.startswith(csv_file.BOM)
    header, *rows = csv.reader(io.StringIO(text.removeprefix(csv_file.BOM)), delimiter=delimiter)
    assert all(len(row) == len(header) for row in rows)
    return rows


@pytest.mark.rule("FIN-5")
def test_each_send_is_a_line_with_price_part_and_outcome(ana, used, signed_at):
    rows = read(ana.get(CSV))
    assert [row[1] for row in rows] == ["WhatsApp"] * 3 + ["SMS"] * 3
    whatsapp, sent, rejected, still_open = rows[0], *rows[3:]
    assert whatsapp[2:9] == ["Started by the company", "Brazil", "1", "0.55", "0.55", "0.00", "BRL"]
    held, settled = (local_date(signed_at + DAY + hours * HOUR, ZONE).isoformat() for hours in (1, 2))
    assert sent[5:8] == ["0.10", "0.10", "0.00"]
    assert sent[9].startswith(held)
    assert sent[10] == "Sent"
    assert sent[11].startswith(settled)
    assert (rejected[6], rejected[7], rejected[10]) == ("0.00", "0.00", "Rejected")
    assert still_open[10:12] == ["Open", ""]


@pytest.mark.rule("FIN-5", "LIM-1")
def test_a_send_says_what_of_it_lies_beyond_the_package(ana, padaria, signed_at):
    use(padaria.contract_id, 182, at=signed_at + HOUR)  # 100.10 of 100.00
    rows = read(ana.get(CSV))
    assert [row[6:8] for row in rows[-2:]] == [["0.55", "0.00"], ["0.45", "0.10"]]


@pytest.mark.rule("FIN-5")
def test_the_file_can_be_narrowed_to_a_channel_and_to_days(ana, used, signed_at):
    first = local_date(signed_at + HOUR, ZONE).isoformat()
    second = local_date(signed_at + DAY + HOUR, ZONE).isoformat()
    for query, count in (
        ({"channel": "sms"}, 3),
        ({"channel": "webchat"}, 0),
        ({"to": first}, 3),
        ({"from": second, "to": second}, 3),
        ({"from": second, "channel": "whatsapp"}, 0),
        ({"from": first, "to": second}, 6),
    ):
        assert len(read(ana.get(CSV, query))) == count, query


def test_commas_and_semicolons_follow_the_language(ana, used):
    assert read(ana.get("/es/usage/sends/csv/"), ";")[0][5] == "0,55"


def test_a_filter_that_makes_no_sense_is_no_address(ana, used):
    for query in (
        {"channel": "telex"},
        {"from": "soon"},
        {"to": "9999-12-31"},
        {"from": "\0"},
        {"cycle": "x"},
    ):
        assert ana.get(CSV, query).status_code == 404, query


def test_an_id_that_a_spreadsheet_would_run_is_marked_as_text(ana, padaria, signed_at):
    route = catalog.routes()["sms", "message", "BR"]
    names = [
        "=HYPERLINK(1)",
        "@sum",
        "+cmd",
        'a",=1',
        "x;=1+1",
        "\n=1",
        "＝1+1",
        "\u200b=1",
        " ＠sum",
        "﹣1+1",
    ]
    requests = []
    for name in names:
        key, reference = keyed(name)
        requests.append(HoldRequest(padaria.contract_id, key, route, signed_at + HOUR, reference))
    metering.hold(requests)
    text = b"".join(ana.get(CSV).streaming_content).decode()
    rows = {row[0] for row in csv.reader(io.StringIO(text.removeprefix(csv_file.BOM)))}
    assert {"'=HYPERLINK(1)", "'@sum", "'+cmd", "'\n=1", "'＝1+1", "'\u200b=1", "' ＠sum", "'﹣1+1"} <= rows
    assert '"x;=1+1"' in text  # in quotes: no way of parting cells makes a formula of it
    assert '"a"",=1"' in text


def test_a_stranger_sees_only_their_own(diego, used):
    assert read(diego.get(CSV)) == []


def test_sends_come_step_by_step_and_each_once(padaria, signed_at, django_assert_num_queries):
    ids, _answers = hold(padaria.contract_id, count=10, at=signed_at + HOUR)
    route = catalog.routes()["sms", "message", "BR"]
    for name in ("z", "order 1"):  # ids that are no UUIDv7 come after those
        key, reference = keyed(name)
        metering.hold([HoldRequest(padaria.contract_id, key, route, signed_at + HOUR, reference)])
    chosen = Chosen(padaria.contract_id, padaria.contract.cycle_start)
    with django_assert_num_queries(5):  # 12 sends by 3, and one look that finds no more
        found = list(every_send(chosen, step=3))
    assert [send.send_id for send in found[:10]] == ids
    assert {send.name for send in found[10:]} == {"z", "order 1"}


def test_a_step_without_a_wanted_send_does_not_end_the_file(padaria, signed_at):
    hold(padaria.contract_id, count=7, at=signed_at + HOUR)
    hold(padaria.contract_id, count=1, channel="sms", kind="message", at=signed_at + HOUR)
    chosen = Chosen(padaria.contract_id, padaria.contract.cycle_start, channel="sms")
    assert [send.channel for send in every_send(chosen, step=2)] == ["sms"]
    other = Chosen(padaria.contract_id, padaria.contract.cycle_start + DAY)
    assert list(every_send(other, step=2)) == []


def test_a_send_of_an_unknown_contract_is_not_found(signed_at):
    assert list(every_send(Chosen(uuid7(), signed_at))) == []


@pytest.mark.rule("FIN-5")
def test_channels_have_their_share_and_their_parts(ana, padaria, signed_at):
    use(padaria.contract_id, 30, at=signed_at + HOUR)  # 16.50
    use(padaria.contract_id, 10, kind="contact", at=signed_at + HOUR)  # 3.00
    use(padaria.contract_id, 5, channel="sms", kind="message", at=signed_at + HOUR)  # 0.50
    page = words(ana.get(PAGE))
    assert (
        "WhatsApp 40 R$19.50 98% Started by the company, Brazil 30 R$16.50"
        " Started by the contact, Brazil 10 R$3.00 SMS Message, Brazil 5 R$0.50 2%" in page
    )  # channels make a hundred together; a part has no share beside that of its channel


@pytest.mark.rule("FIN-5")
def test_the_page_says_on_which_day_the_package_ends(ana, padaria, signed_at):
    assert "At the pace so far" not in words(ana.get(PAGE))  # nothing was used
    use(padaria.contract_id, 5, at=signed_at + HOUR)
    assert "the package lasts to the end of the cycle" in words(ana.get(PAGE))
    use(padaria.contract_id, 95, at=signed_at + HOUR)  # 55.00 in ten days
    assert re.search(r"At the pace so far the package ends on \d+ \w+ \d{4}\.", words(ana.get(PAGE)))
    use(padaria.contract_id, 100, at=signed_at + 2 * DAY)
    day = formats.long_day(local_date(signed_at + 2 * DAY, ZONE), "en")
    assert f"The package was used up on {day}." in words(ana.get(PAGE))


@pytest.mark.rule("LIM-3")
def test_the_chart_of_the_package_has_every_line_at_which_something_happens(ana, used):
    text = ana.get(PAGE).content.decode()
    lines = re.findall(r'class="threshold-name"[^>]*>([^<]+)<', text)
    assert lines == ["80% · R$80.00", "Package R$100.00", "90% of the limit · R$180.00", "Limit R$200.00"]


@pytest.mark.rule("LIM-5")
def test_the_own_cap_is_a_line_of_the_chart_too(ana, used):
    own = {"cap_micro": 85_000_000, "budgets": {}, "actor": "test", "now": clock.now()}
    set_own_limits(contract_id=used.contract_id, customer_id=used.customer_id, **own)
    text = ana.get(PAGE).content.decode()
    lines = re.findall(r'class="threshold-name"[^>]*>([^<]+)<', text)
    assert lines[:3] == ["80% · R$80.00", "Your own cap R$85.00", "Package R$100.00"]
