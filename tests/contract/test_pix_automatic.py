"""Pix Automático by the Central Bank's API: what a payer agrees to, and what is charged under it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from abono.domain.payments.ports.mandates import (
    Debit,
    DebitReply,
    DebitStanding,
    Every,
    MandateReply,
    MandateRequest,
    MandateStanding,
    PayerAccount,
    announced_between,
    may_be_tried_again,
)
from abono.domain.payments.ports.port import PATH
from abono.gateways.pix.automatic import PixAutomatic
from abono.gateways.pix.brcode import read
from abono.gateways.pix.options import BadOptions
from abono.kernel.money import Money
from tests.certificates import Authority, Pair
from tests.contract.bench import fresh
from tests.contract.push_bench import PADARIA, PixBench, push_request
from tests.pix_service import Answer, PixService

ACCOUNT = PayerAccount("12345678", "550689", "2569")
pytestmark = [
    pytest.mark.rule("PAY-11", part="announced"),
    pytest.mark.rule("PAY-11", part="tried again"),
]


class Automatic:
    """A gateway that offers it, and the other side of it."""

    def __init__(self, service: PixService, options: dict[str, Any]) -> None:
        self.service, self.there = service, service.recurring
        self.gateway = PixAutomatic(**options, account="997182", account_type="CORRENTE", agency="0001")

    def wanted(self, **change: Any) -> MandateRequest:
        today = self.service.today
        request = MandateRequest(
            name="2026-000042-6/1",
            subject="Plano Expert",
            payer=PADARIA,
            asked_at=self.service.now,
            every=Every.MONTH,
            begins=today + timedelta(days=1),
            ends=None,
            amount=None,
            least=Money(74_000, "BRL"),
        )
        return replace(request, **change)

    def agreed(self, **change: Any) -> str:
        """The reference of a mandate that its payer agreed to."""
        reply = self.gateway.ask_mandate(self.wanted(**change))
        assert reply.reference is not None
        self.there.agree(reply.reference)
        return reply.reference

    def debit(self, mandate: str, in_days: int = 5, key: str = "") -> Debit:
        day = self.service.today + timedelta(days=in_days)
        return Debit(key or fresh(), mandate, Money(74_000, "BRL"), day, "2026-000042")

    def stands(self, debit: Debit) -> DebitReply:
        found = self.gateway.find_debit(debit.key)
        assert found is not None
        return found

    def mandate(self, reference: str) -> MandateReply:
        found = self.gateway.find_mandate(self.wanted(), reference)
        assert found is not None
        return found


@pytest.fixture
def automatic(pix_bench: PixBench, running_pix_service: tuple[PixService, Authority, Pair]) -> Automatic:
    service, authority, client = running_pix_service
    return Automatic(service, service.options(client, authority))


def test_a_payer_is_asked_by_a_code_and_agrees(automatic: Automatic) -> None:
    request = automatic.wanted()
    assert automatic.gateway.find_mandate(request, None) is None
    reply = automatic.gateway.ask_mandate(request)
    assert reply.standing is MandateStanding.ASKED
    code = read(reply.agree_with or "")
    assert (code.url, code.recurrence) == ("", automatic.there.places[1]["location"])
    assert automatic.there.mandates[reply.reference or ""]["politicaRetentativa"] == "PERMITE_3R_7D"
    automatic.there.agree(reply.reference or "")
    agreed = MandateReply(MandateStanding.AGREED, reply.reference)
    assert automatic.gateway.find_mandate(request, reply.reference) == agreed
    assert automatic.gateway.find_mandate(request, None) == agreed


def test_one_code_pays_a_first_charge_and_agrees(automatic: Automatic) -> None:
    first = push_request(automatic.service.now)
    automatic.gateway.ask(first)
    reply = automatic.gateway.ask_mandate(automatic.wanted(first=first.key))
    place = automatic.service.charges[first.key.replace("-", "")]["shown"]["location"]
    assert read(reply.agree_with or "").url == place


@pytest.mark.rule("PAY-7", part="never repeated blindly")
@pytest.mark.parametrize("lost", [1, 2, 3], ids=["its place", "itself", "its code"])
def test_a_mandate_whose_answer_is_lost_is_made_once(automatic: Automatic, lost: int) -> None:
    request = automatic.wanted()
    automatic.service.next = [*[Answer()] * lost, Answer(lost=True)]  # after the look whether there is one
    assert automatic.gateway.ask_mandate(request).standing is MandateStanding.UNKNOWN
    assert automatic.gateway.ask_mandate(request).standing is MandateStanding.ASKED
    assert len(automatic.there.mandates) == 1


def test_mandates_of_others_and_of_other_names_are_not_taken_for_it(automatic: Automatic) -> None:
    person = replace(PADARIA, tax_id="52998224725")
    for request in (automatic.wanted(name="2026-000042-6/2"), automatic.wanted(payer=person)):
        automatic.gateway.ask_mandate(request)
    assert automatic.gateway.find_mandate(automatic.wanted(), None) is None


def test_a_payer_says_no_or_leaves_and_we_end_it(automatic: Automatic) -> None:
    refused, left, ended = (automatic.agreed(name=f"2026-000042-6/{n}") for n in range(3))
    automatic.there.refuse(refused)
    automatic.there.leave(left)
    for _ in range(2):
        assert automatic.gateway.end_mandate(ended).standing is MandateStanding.ENDED
    found = {reference: automatic.mandate(reference) for reference in (refused, left, ended)}
    assert [(one.standing, one.code, one.ended_by_payer) for one in found.values()] == [
        (MandateStanding.REFUSED, "AP13", True),
        (MandateStanding.ENDED, "SLDB", True),
        (MandateStanding.ENDED, "SLCR", False),
    ]


def test_a_payers_bank_shows_it_to_them_once(automatic: Automatic) -> None:
    reply = automatic.gateway.ask_mandate(automatic.wanted())
    until = automatic.service.now + timedelta(days=30)
    for standing in (MandateStanding.ASKED, MandateStanding.REFUSED):  # the second while the first is open
        sent = automatic.gateway.send_mandate(reply.reference or "", ACCOUNT, PADARIA, until)
        assert sent.standing is standing
    assert len(automatic.there.shown_to_payers) == 1


def test_a_charge_is_announced_scheduled_and_paid(automatic: Automatic) -> None:
    debit = automatic.debit(automatic.agreed())
    assert automatic.gateway.find_debit(debit.key) is None
    reply = automatic.gateway.announce(debit)
    assert (reply.standing, reply.amount) == (DebitStanding.ANNOUNCED, debit.amount)
    automatic.there.take(debit.key.replace("-", ""))
    assert automatic.stands(debit) == DebitReply(DebitStanding.SCHEDULED, debit.amount, (debit.day,))
    reference = automatic.there.pay(debit.key.replace("-", ""))
    [came] = automatic.stands(debit).received
    assert (came.reference, came.amount, came.paid_on) == (reference, debit.amount, debit.day)


@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_an_announcement_whose_answer_is_lost_is_made_once(automatic: Automatic) -> None:
    debit = automatic.debit(automatic.agreed())
    automatic.service.next.append(Answer(lost=True))
    assert automatic.gateway.announce(debit).standing is DebitStanding.UNKNOWN
    assert automatic.gateway.announce(debit).standing is DebitStanding.ANNOUNCED
    assert len(automatic.there.debits) == 1


@pytest.mark.parametrize(
    ("in_days", "standing"), [(1, "refused"), (2, "announced"), (10, "announced"), (11, "refused")]
)
def test_a_charge_is_announced_two_to_ten_days_before(
    automatic: Automatic, in_days: int, standing: str
) -> None:
    debit, today = automatic.debit(automatic.agreed(), in_days), automatic.service.today
    first, last = announced_between(debit.day)
    assert (first <= today <= last) == (standing == "announced")
    assert automatic.gateway.announce(debit).standing.value == standing


def test_what_was_not_paid_is_tried_three_times_more_within_seven_days(automatic: Automatic) -> None:
    debit = automatic.debit(automatic.agreed(), in_days=2)
    txid = debit.key.replace("-", "")
    automatic.gateway.announce(debit)
    automatic.there.take(txid)
    days = [debit.day]
    for tried, after in enumerate((1, 3, 7)):
        automatic.there.fail(txid)
        days.append(debit.day + timedelta(days=after))
        assert may_be_tried_again(debit.day, tried, days[-1])
        assert automatic.gateway.try_again(debit.key, days[-1]).tries == tuple(days)
        again = automatic.gateway.try_again(debit.key, days[-1])  # one is open: nothing is tried twice
        assert (again.standing, again.tries) == (DebitStanding.SCHEDULED, tuple(days))
    automatic.there.fail(txid)
    reply = automatic.stands(debit)
    assert (reply.standing, reply.code) == (DebitStanding.ENDED, "AM02")


def test_a_charge_may_be_tried_again_as_the_rules_of_pix_say() -> None:
    day = date(2026, 11, 30)
    allowed = [
        (tried, after)
        for tried in range(5)
        for after in range(-1, 10)
        if may_be_tried_again(day, tried, day + timedelta(days=after))
    ]
    assert allowed == [(tried, after) for tried in range(3) for after in range(1, 8)]


def test_a_mandate_without_retries_has_none(automatic: Automatic) -> None:
    debit = automatic.debit(automatic.agreed(retried=False))
    automatic.gateway.announce(debit)
    automatic.there.take(debit.key.replace("-", ""))
    automatic.there.fail(debit.key.replace("-", ""))
    assert (
        automatic.gateway.try_again(debit.key, debit.day + timedelta(days=1)).standing is DebitStanding.ENDED
    )


def test_a_charge_is_taken_back_until_the_day_before_its_own(automatic: Automatic) -> None:
    mandate = automatic.agreed()
    early, late = (
        automatic.debit(mandate),
        automatic.debit(automatic.agreed(name="2026-000043-4/1"), in_days=2),
    )
    for debit in (early, late):
        automatic.gateway.announce(debit)
        automatic.there.take(debit.key.replace("-", ""))
    for _ in range(2):
        assert automatic.gateway.take_back(early.key).standing is DebitStanding.ENDED
    automatic.service.now += timedelta(days=2)
    assert automatic.gateway.take_back(late.key).standing is DebitStanding.SCHEDULED


def test_nothing_is_charged_under_a_mandate_that_nobody_agreed_to(automatic: Automatic) -> None:
    reply = automatic.gateway.ask_mandate(automatic.wanted())
    assert (
        automatic.gateway.announce(automatic.debit(reply.reference or "")).standing is DebitStanding.REFUSED
    )
    assert automatic.there.debits == {}


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_news_of_mandates_and_of_charges_are_heard(automatic: Automatic) -> None:
    debit = automatic.debit(automatic.agreed())
    automatic.gateway.announce(debit)
    headers = {"X-Client-Certificate": "aabb01", PATH: "a-part-of-the-address/rec"}
    mandates, debits = automatic.there.told()
    [agreed] = automatic.gateway.parse_webhook(headers, json.dumps(mandates).encode(), automatic.service.now)
    [announced] = automatic.gateway.parse_webhook(headers, json.dumps(debits).encode(), automatic.service.now)
    assert (agreed.kind, agreed.key, agreed.reference) == ("mandate.news", debit.mandate, debit.mandate)
    assert (announced.kind, announced.key) == ("debit.news", debit.key)


def test_it_asks_for_an_account_of_ours(
    automatic: Automatic, running_pix_service: tuple[PixService, Authority, Pair]
) -> None:
    service, authority, client = running_pix_service
    for account in ({}, {"account": "997182", "account_type": "SALARIO"}):
        with pytest.raises(BadOptions, match="account"):
            PixAutomatic(**service.options(client, authority), **account)
