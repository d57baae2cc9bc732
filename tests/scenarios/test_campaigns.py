"""A bakery's campaign from its estimate to the invoice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.campaigns import queries as campaign_queries
from abono.domain.campaigns.errors import CampaignDoesNotFit, CampaignMalformed, CampaignNoPrice
from abono.domain.campaigns.types import CampaignState
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.invoicing import queries as invoices
from abono.domain.metering import queries as metering
from abono.domain.metering.rules import SendingState
from abono.flows.advance_clock import advance_clock
from abono.flows.campaigns.close import close_campaign, extend_campaign
from abono.flows.campaigns.estimate import estimate_campaign
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.flows.due_work import work_off
from abono.flows.usage.facts import CampaignSend, End
from abono.flows.usage.report import look_up, take
from abono.flows.usage.said import Word
from abono.flows.usage.settle import SETTLE_CAMPAIGNS
from abono.kernel.ids import public
from abono.platform import clock, events
from tests.books import check_books
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, make_luna, make_padaria

LATER = JUNE_1 + 2 * DAY
WHATSAPP = ("whatsapp", "company", "BR")
SMS = ("sms", "message", "BR")


def asked(tenant: Tenant, *lines: tuple[tuple[str, str, str], int]) -> dict[str, object]:
    return {
        "contract_id": tenant.contract_id,
        "customer_id": tenant.customer_id,
        "lines": [LineAsked(*route, count) for route, count in lines],
    }


def hold(tenant: Tenant, *lines, name: str = "easter", now=LATER):
    return hold_campaign(**asked(tenant, *lines), name=name, actor="ana", now=now)


def settle(tenant: Tenant, numbers: range, end: End = "sent", *, route=WHATSAPP, now=LATER, customer_id=None):
    contract = public("ctr", tenant.contract_id)
    channel, kind, country = route
    facts = [CampaignSend(f"easter {n}", contract, "easter", channel, kind, end, country) for n in numbers]
    given = look_up([contract], customer_id=customer_id or tenant.customer_id, now=now)
    return take(SETTLE_CAMPAIGNS, facts, given)


def close(tenant: Tenant, *, now=LATER, **more):
    return close_campaign(
        contract_id=tenant.contract_id,
        customer_id=tenant.customer_id,
        name="easter",
        actor="ana",
        now=now,
        **more,
    )


def balance(tenant: Tenant, at=LATER):
    return metering.balance(contract_id=tenant.contract_id, at=at)


@pytest.mark.rule("LIM-1")
@pytest.mark.rule("PKG-11", part="cost")
@pytest.mark.rule("PKG-11", part="holds nothing")
def test_an_estimate_says_what_falls_in_the_package_and_what_beyond_and_holds_nothing(padaria):
    found = estimate_campaign(**asked(padaria, (WHATSAPP, 150), (SMS, 500)), now=LATER)
    whatsapp, sms = found.lines
    # 150 × 0.55 = 82.50 lie in the package of 100; of 500 × 0.10 = 50.00 it has 17.50 left.
    assert (whatsapp.price_micro, whatsapp.amount_micro) == (550_000, 82_500_000)
    assert (whatsapp.package_micro, whatsapp.overage_micro, whatsapp.fits) == (82_500_000, 0, 150)
    assert (sms.amount_micro, sms.package_micro, sms.overage_micro) == (50_000_000, 17_500_000, 32_500_000)
    assert (found.amount_micro, found.package_micro, found.overage_micro) == (132_500_000, 10**8, 32_500_000)
    assert (found.holdable, found.left_micro) == (True, 67_500_000)
    assert balance(padaria).total_micro == 0
    assert campaign_queries.campaigns(contract_id=padaria.contract_id) == []


@pytest.mark.rule("PKG-11")
def test_an_estimate_of_what_does_not_fit_says_how_much_does(padaria):
    found = estimate_campaign(**asked(padaria, (WHATSAPP, 300), (SMS, 1_000)), now=LATER)
    # 300 × 0.55 = 165; of the 35 that are left 350 SMS fit.
    assert ([line.fits for line in found.lines], found.fits) == ([300, 350], 650)
    assert (found.holdable, found.left_micro) == (False, None)
    with pytest.raises(CampaignDoesNotFit) as refused:
        hold(padaria, (WHATSAPP, 300), (SMS, 1_000))
    assert refused.value.fits == (300, 350)
    assert balance(padaria).sending_state is SendingState.OK


@pytest.mark.rule("PKG-4", "PKG-8")
@pytest.mark.rule("PKG-5", part="campaign")
def test_a_campaign_from_hold_to_close(padaria):
    answer = hold(padaria, (WHATSAPP, 100))
    assert (answer.total_micro, answer.left_micro) == (55_000_000, 145_000_000)
    assert hold(padaria, (WHATSAPP, 100)).replayed
    answers = settle(padaria, range(60)) + settle(padaria, range(60, 70), "rejected")
    assert {(a.word, a.replayed) for a in answers} == {(Word.SETTLED, False)}
    assert {(a.word, a.replayed) for a in settle(padaria, range(60), "not_delivered")} == {
        (Word.NOT_DELIVERED, True)
    }  # what was sent and not delivered stays drawn
    until = LATER + 3 * DAY
    assert (
        extend_campaign(
            contract_id=padaria.contract_id,
            customer_id=padaria.customer_id,
            name="easter",
            until=until,
            actor="ana",
            now=LATER,
        )
        == until
    )
    ended = close(padaria, now=LATER + HOUR)
    assert (ended.state, ended.drawn_micro, ended.released_micro) == (
        CampaignState.CLOSED,
        33_000_000,  # 60 × 0.55
        22_000_000,
    )
    assert close(padaria, cancelled=True).state is CampaignState.CLOSED
    assert (balance(padaria).used_micro, balance(padaria).held_micro) == (33_000_000, 0)
    told = [one.name for one in events.between(customer_id=padaria.customer_id)]
    assert [name for name in told if name.startswith("campaign")] == [
        "campaign.held",
        "campaign.extended",
        "campaign.closed",
    ]
    assert check_books() == []


@pytest.mark.rule("INV-1", "LIM-1")
def test_what_an_open_campaign_has_drawn_is_on_the_invoice_and_the_rest_on_the_next(padaria):
    hold(padaria, (WHATSAPP, 300), now=JULY_1 - 2 * HOUR)
    settle(padaria, range(200), now=JULY_1 - HOUR)  # 110.00: 10.00 beyond the package
    assert renew_due(now=JULY_1) == 1
    assert ("overage", 1, 10_00) in lines_of(invoices.list_for_customer(padaria.customer_id)[0])
    settle(padaria, range(200, 220), now=JULY_1 + HOUR)  # 20 × 0.55 = 11.00 more, of June
    assert work_off(now=JULY_1 + DAY) == 1
    (june,) = [c for c in metering.cycles(padaria.contract_id) if c.cycle.end == JULY_1]
    assert (june.used_micro, june.held_micro) == (121_000_000, 0)
    assert renew_due(now=JULY_1 + 31 * DAY) == 1
    assert ("overage", 1, 11_00) in lines_of(invoices.list_for_customer(padaria.customer_id)[0])
    assert check_books() == []


@pytest.mark.rule("TIM-2", "PKG-5")
def test_a_sandbox_clock_ends_campaigns(gateway):
    sandbox = make_padaria(now=clock.now(), sandbox=True)
    now = clock.now()
    hold(sandbox, (SMS, 10), now=now)
    advance_clock(
        customer_id=sandbox.customer_id, to=now + DAY + timedelta(minutes=1), actor="ana", real=clock.now()
    )
    (campaign,) = campaign_queries.campaigns(contract_id=sandbox.contract_id)
    assert (campaign.state, campaign.ended_at) == (CampaignState.EXPIRED, now + DAY)


@pytest.mark.rule("ACC-2")
def test_a_stranger_finds_no_contract(padaria):
    luna = make_luna()
    theirs = {"contract_id": padaria.contract_id, "customer_id": luna.customer_id}
    acts = [
        lambda: hold_campaign(**asked(padaria, (SMS, 1)) | theirs, name="x", actor="diego", now=LATER),
        lambda: estimate_campaign(**asked(padaria, (SMS, 1)) | theirs, now=LATER),
        lambda: close_campaign(**theirs, name="x", actor="diego", now=LATER),
        lambda: extend_campaign(**theirs, name="x", until=LATER, actor="diego", now=LATER),
    ]
    for act in acts:
        with pytest.raises(NoSuchContract):
            act()
    assert [said.word for said in settle(padaria, range(1), customer_id=luna.customer_id)] == [
        Word.NO_CONTRACT
    ]
    assert balance(padaria).total_micro == 0


@pytest.mark.rule("CAT-3", part="no row, no send")
def test_lines_that_cannot_be_are_refused(padaria):
    for act in (hold, lambda tenant, *lines: estimate_campaign(**asked(tenant, *lines), now=LATER)):
        with pytest.raises(CampaignNoPrice) as refused:
            act(padaria, (SMS, 1), (("pigeon", "letter", "BR"), 1))
        assert refused.value.lines == (1,)
        with pytest.raises(CampaignMalformed):
            act(padaria, (("email", "message", "BR"), 1), (("email", "message", "CO"), 1))
    hold(padaria, (SMS, 10))
    answers = settle(padaria, range(1), route=("pigeon", "letter", "BR"))
    assert [a.word for a in answers] == [Word.NO_LINE]
