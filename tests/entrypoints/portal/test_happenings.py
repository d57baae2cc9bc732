"""Whatever can happen while a sandbox's clock moves has words (TIM-2)."""

from __future__ import annotations

import ast
import re

import pytest

from abono.domain.approvals.actions import EXPIRE
from abono.domain.campaigns.types import CampaignState
from abono.domain.contracts.states import CONTRACT, ChangeState, event_of
from abono.domain.credit.types import Kind as Moved
from abono.domain.metering.rules import Level
from abono.domain.payments.states import MandateState, RequestState
from abono.entrypoints.portal.contracts import happenings
from abono.flows import due_work
from tests.architecture.test_tidy import FILES

SUBJECTS = (
    "contract|package|invoice|payment|payment_link|payment_request|sending|sends|change|credit|campaign|licence"
    "|card|mandate"
)
PRESSED = {  # what only happens where somebody does it
    *("contract.signed", "contract.withdrawn", "contract.versions_promised"),
    *(
        "contract.arranged",
        "contract.arrangement_ended",
        "contract.adjusted",
        "contract.adjustment_withdrawn",
    ),
    *("campaign.held", "campaign.extended", "campaign.closed"),
    *("change.quoted", "change.confirm", "change.approval", "change.waiting", "change.scheduled"),
    *("change.refused", "change.undone"),
    *("card.saved", "card.in_use", "card.removed", "card.reserve", "card.updated"),
    *("mandate.made", "mandate.cancelled"),
    *("credit.recalled", "licence.freed", "licence.kept"),
    *("invoice.parked", "invoice.disputed", "invoice.dispute_ended", "invoice.owed_again"),
    *("invoice.reopened", "invoice.written_off"),
    *("payment_request.moved", "payment_request.said_paid"),
    *("payment.recorded", "payment.withdrawn", "payment.matched", "payment.unmatched"),
}


def recorded() -> set[str]:
    """Names of events: those that the code spells, and those that it makes of a state."""
    found = {
        node.value
        for file in FILES
        if {"domain", "flows"} & set(file.parts)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"({SUBJECTS})\.[a-z_0-9]+", node.value)
    }
    found |= {event_of(before, after) for before, afters in CONTRACT.moves.items() for after in afters}
    found |= {f"change.{one.value}" for one in ChangeState} | {f"credit.{one.value}" for one in Moved}
    found |= {f"sending.{one.value}" for one in Level} | {"payment_link.made"}
    found |= {
        f"mandate.{one.value}" for one in (MandateState.AGREED, MandateState.REFUSED, MandateState.ENDED)
    }
    found |= {f"payment_request.{one.value}" for one in RequestState if one is not RequestState.CREATED}
    found |= {"payment_request.made", "payment_request.moved"}
    return found | {f"campaign.{one.name.lower()}" for one in CampaignState if one is not CampaignState.OPEN}


@pytest.mark.rule("TIM-2", part="says what happened")
def test_each_event_that_nobody_has_to_press_for_has_words():
    assert recorded() - PRESSED - happenings._WORDS.keys() == set()
    assert (PRESSED | happenings._WORDS.keys()) - recorded() == {"customer.clock_moved"}


@pytest.mark.rule("TIM-2", part="says what happened")
def test_each_kind_of_work_at_which_a_clock_stops_has_words():
    own = {kind.name for kind in due_work._DO if not kind.real and kind is not EXPIRE}
    assert own == happenings._DUE.keys()
