"""Campaigns: what one would cost (PKG-11), and how far those are that were started (PKG-5)."""

from __future__ import annotations

import re

import pytest

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.types import CampaignReport, Wish
from abono.domain.catalog import queries as catalog
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Outcome, keyed
from abono.entrypoints.portal.campaigns.forms import MOST_LINES
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.entrypoints.portal.acts import block
from tests.entrypoints.portal.reading import signed_in, words
from tests.world import HOUR, join_ana, sign, use

LIST, ESTIMATE = "/en/campaigns/", "/en/campaigns/estimate/"


def ask(client, *lines, path=ESTIMATE, **more):
    """Each line is what, count and country, which is Brazil when it is left out."""
    query = {"lines": str(len(lines)), **more}
    for n, (what, count, *country) in enumerate(lines, start=1):
        query |= {f"what{n}": what, f"count{n}": count, f"country{n}": country[0] if country else "BR"}
    return client.get(path, query)


def held(tenant):
    balance = metering.balance(contract_id=tenant.contract_id, at=clock.now())
    return balance.held_micro, balance.used_micro, balance.blocked_at


@pytest.mark.rule("PKG-11")
def test_an_estimate_says_cost_and_parts_and_sets_nothing_aside(ana, padaria, signed_at):
    use(padaria.contract_id, 100, at=signed_at + HOUR)  # 55.00 of 100.00
    before = held(padaria)
    page = words(ask(ana, ("whatsapp.company", "100"), ("sms.message", "50")))
    assert "Total R$60.00 150 sends" in page
    assert "From the package R$45.00 of R$45.00 that are left" in page
    assert "Beyond the package R$15.00 on the next invoice" in page
    assert "It fits. Afterwards R$0.00 of the package is left, and R$85.00 until sending stops." in page
    assert "WhatsApp Started by the company, Brazil 100 R$0.55 R$55.00 R$10.00" in page
    assert "SMS Message, Brazil 50 R$0.10 R$5.00 R$5.00" in page
    assert held(padaria) == before


@pytest.mark.rule("PKG-11")
@pytest.mark.rule("CAT-9", part="unit")
def test_a_send_of_several_segments_costs_so_many_units(ana, padaria):
    page = words(ask(ana, ("sms.message", "50"), ("whatsapp.company", "1"), units1="3"))
    assert "Total R$15.55 51 sends" in page
    assert "SMS Message, Brazil 50 R$0.30 3 units R$15.00" in page
    assert "WhatsApp Started by the company, Brazil 1 R$0.55 R$0.55" in page
    assert 'name="units1" value="3"' in ask(ana, ("sms.message", "50"), units1="3", more="1").content.decode()
    for typed, said in (
        ("1001", "Line 1: write 1,000 or less."),
        ("0", "Line 1: write 1 or more."),
        ("two", "Line 1: write a whole number of units, such as 2."),
    ):
        wrong = ask(ana, ("sms.message", "50"), units1=typed)
        assert (wrong.status_code, words(wrong).count(said)) == (422, 2)


@pytest.mark.rule("PKG-11", "LIM-1")
def test_a_campaign_beyond_the_limit_says_how_many_fit(ana, padaria):
    page = words(ask(ana, ("sms.message", "1000"), ("whatsapp.company", "1.000")))
    assert "It does not fit: 1,181 of 2,000 sends would go out." in page  # 100.00 and 181 at 0.55
    assert "181 fit" in page


@pytest.mark.rule("PKG-11", "LIM-2")
def test_a_blocked_contract_is_told_so(ana, padaria, signed_at):
    block(padaria, signed_at + HOUR)
    page = words(ask(ana, ("sms.message", "1")))
    assert "Sending is blocked, so it does not fit now." in page


@pytest.mark.rule("PKG-11")
@pytest.mark.parametrize(
    ("count", "said"),
    [
        ("0", "Line 1: write 1 or more."),
        ("-5", "Line 1: write 1 or more."),
        ("000", "Line 1: write 1 or more."),
        ("1000000001", "Line 1: write 1,000,000,000 or less."),
        ("9" * 40, "Line 1: write 1,000,000,000 or less."),
        ("9" * 41, "at most 40 characters"),
        ("many", "Line 1: write a whole number, such as 5000."),
        ("1.5", "Line 1: write a whole number, such as 5000."),
        ("1e3", "Line 1: write a whole number, such as 5000."),
        ("٣", "Line 1: write a whole number, such as 5000."),
        ("\0", "Null characters are not allowed."),
        ("", "Say how many, in one line at least."),
    ],
)
def test_what_is_no_count_is_said_at_its_field(ana, padaria, count, said):
    answer = ask(ana, ("sms.message", count))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words(answer).count(said) == 2  # at the field, and summed up on top
    assert 'aria-invalid="true"' in text
    assert "What it would cost to send" in words(answer)
    assert 'id="answer-card"' not in text


@pytest.mark.rule("CAT-3", part="no row, no send")
def test_a_country_without_a_price_is_said_and_nothing_is_estimated(ana, padaria):
    assert "Total R$0.10" in words(ask(ana, ("sms.message", "1")))
    answer = ask(ana, ("sms.message", "1", "JP"))
    assert answer.status_code == 422
    assert "JP is not one of the available choices." in words(answer)
    assert "Total" not in words(answer)


def test_a_line_twice_and_an_unknown_channel_are_said(ana, padaria):
    answer = ask(ana, ("sms.message", "1"), ("sms.message", "2"))
    assert answer.status_code == 422
    assert "Line 1 is the same: write both counts there, added up." in words(answer)
    assert ask(ana, ("telex.message", "1")).status_code == 422


@pytest.mark.rule("PKG-10")
def test_only_what_may_be_sent_to_many_is_offered(ana, padaria):
    text = ana.get(ESTIMATE).content.decode()
    assert 'value="whatsapp.company"' in text
    assert "webchat" not in text
    assert ask(ana, ("webchat.message", "1", "*")).status_code == 422


@pytest.mark.parametrize("written", ["5000", "5,000", "5.000", " 5 000 "])
def test_a_count_is_read_as_people_write_it(ana, padaria, written):
    assert "5,000 sends" in words(ask(ana, ("sms.message", written)))


def test_a_line_can_be_added_without_a_script_and_nothing_typed_is_lost(ana, padaria):
    answer = ask(ana, ("sms.message", "12"), ("email.message", "7"), more="1")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="count3"' in text
    assert 'name="lines" value="3"' in text
    assert re.search(r'name="count1" value="12"', text)
    assert re.search(r'value="email.message" selected', text)
    full = ana.get(ESTIMATE, {"lines": "99", "more": "1"}).content.decode()
    assert full.count('name="what') == MOST_LINES
    assert 'name="more"' not in full
    for odd in ("0", "-1", "x", "9" * 30):
        assert ana.get(ESTIMATE, {"lines": odd}).status_code == 200


def test_a_large_campaign_is_estimated_exactly(ana, padaria):
    page = words(ask(ana, ("sms.message", "1000000000")))
    assert "Total R$100,000,000.00" in page
    assert "1,000,000,000 sends" in page


def test_without_a_cycle_there_is_nothing_to_estimate(signed_at):
    signed = sign(card="lost", now=signed_at)
    join_ana(signed)
    ana = signed_in("ana@padaria.example")
    assert "The first cycle begins as soon as the first payment is confirmed." in words(ana.get(ESTIMATE))
    assert "There are no campaigns yet." in words(ana.get(LIST))


def start(tenant, name="spring", *, count=20, units=1, at=None):
    key, reference = keyed(name)
    route = catalog.routes()["sms", "message", "BR"]
    campaigns.hold_campaign(
        contract_id=tenant.contract_id,
        campaign_id=key,
        reference=reference,
        wishes=[Wish(route, count, units)],
        now=at or clock.now(),
    )
    return key, route


@pytest.mark.rule("PKG-5", "ACC-1")
def test_a_campaign_stands_with_its_progress(ana, bruno, padaria):
    key, route = start(padaria)
    reports = [CampaignReport(uuid7(), route, Outcome.SENT) for _ in range(5)]
    reports += [CampaignReport(uuid7(), route, Outcome.REJECTED) for _ in range(2)]
    campaigns.settle_campaign(
        contract_id=padaria.contract_id, campaign_id=key, reports=reports, now=clock.now()
    )
    for client in (ana, bruno):
        page = words(client.get(LIST))
        assert "spring Open" in page
        assert "SMS Message, Brazil · R$0.10 5 of 20 sent , 2 rejected" in page
        assert "Set aside at first R$2.00 Used R$0.50 Still set aside R$1.50" in page


@pytest.mark.rule("CAT-9", part="unit")
def test_a_campaign_says_of_how_many_units_its_sends_are(ana, padaria):
    start(padaria, units=2)
    assert "SMS Message, Brazil · R$0.20 · 2 units 0 of 20 sent" in words(ana.get(LIST))


@pytest.mark.rule("PKG-5")
def test_an_ended_campaign_says_what_went_back(ana, padaria):
    key, _route = start(padaria)
    campaigns.close_campaign(contract_id=padaria.contract_id, campaign_id=key, now=clock.now())
    page = words(ana.get(LIST))
    assert "spring Closed" in page
    assert "Used R$0.00 Back in the package R$2.00" in page


@pytest.mark.rule("ACC-2")
def test_a_stranger_sees_no_campaign_of_others(diego, padaria):
    start(padaria)
    page = words(diego.get(LIST))
    assert "There are no campaigns yet." in page
    assert "spring" not in page


def test_many_campaigns_come_a_page_at_a_time(ana, padaria):
    for n in range(21):
        start(padaria, f"c{n:02}", count=1)
    first = ana.get(LIST)
    older = re.search(r'href="(\?before=[^"]+)" rel="next"', first.content.decode())
    assert older is not None
    second = words(ana.get(f"{LIST}{older.group(1)}"))
    assert "c00" in second
    assert "c01" not in second
    for odd in (
        "x",
        "1-x",
        f"{'9' * 17}-cmp_01jzd2v6k3e8rv9a4mrw5qy0bn",
        "-",
        "٣-cmp_01jzd2v6k3e8rv9a4mrw5qy0bn",
    ):
        assert ana.get(LIST, {"before": odd}).status_code == 404, odd
