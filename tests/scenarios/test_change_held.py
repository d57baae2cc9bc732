"""An accepted change waits for the link in a mail, or for the seller, where the setting says so (CHG-6, CHG-8)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from abono.domain.approvals.errors import AlreadyDecided, SayWhy
from abono.domain.contracts import changes
from abono.domain.contracts.errors import ChangeHeld, LinkVoid, QuoteStale
from abono.domain.contracts.models import Change
from abono.domain.contracts.states import ChangeState
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.models import Email, Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_HELD_FOR
from abono.flows.changes.confirm import approve_change, confirm_change, refuse_change
from abono.flows.changes.undo import undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.quotes.seen import held_of
from abono.kernel.ids import parse
from tests import sql
from tests.books import check_books
from tests.scenarios.test_change_plan import JUNE_19
from tests.scenarios.test_limits import state_of
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, accept, make_olga, make_padaria, moment, quote

MINUTE = timedelta(minutes=1)
OLGA = "person:olga"


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def held_for(words: str) -> None:
    set_value(setting=CHANGE_HELD_FOR, value=words, actor=OLGA, why="a test", now=JUNE_1)


def accepted(padaria: Tenant, *, plan: str = "expert", now=JUNE_19) -> UUID:
    """By Ana, whose mail then has the link."""
    asked = quote(padaria, plan=plan, now=now)
    accept(padaria, asked, actor=f"person:{padaria.people['ana']}", now=now)
    return asked


def confirm(padaria: Tenant, change_id: UUID, *, secret: str | None = None, now=JUNE_19 + HOUR):
    return confirm_change(
        change_id=change_id,
        customer_id=padaria.customer_id,
        secret=changes.secret_of(change_id) if secret is None else secret,
        actor="ana",
        moment=moment(now),
    )


def approve(change_id: UUID, *, now=JUNE_19 + HOUR):
    return approve_change(change_id=change_id, actor=OLGA, moment=moment(now))


def state(change_id: UUID) -> ChangeState:
    return ChangeState(changes.get(change_id).state)


def untouched(padaria: Tenant, gateway) -> bool:
    """Nothing of a change was charged or done."""
    of_changes = Invoice.objects.filter(reason="change")
    return padaria.contract.plan_code == "specialist" and len(gateway.book) == 1 and not of_changes


@pytest.mark.rule("CHG-6", part="link in the mail: default")
@pytest.mark.rule("CHG-6", part="the seller approves: default")
def test_as_it_ships_nobody_is_waited_for(padaria):
    assert state(accepted(padaria)) is ChangeState.APPLIED


@pytest.mark.rule("CHG-6", part="link in the mail: other")
def test_a_change_waits_until_the_link_in_the_mail_is_pressed(padaria, gateway):
    held_for("link")
    asked = accepted(padaria)
    assert (state(asked), untouched(padaria, gateway)) == (ChangeState.CONFIRM, True)
    assert accept(padaria, asked, now=JUNE_19 + MINUTE).waits_for is ChangeState.CONFIRM
    [mail] = Email.objects.filter(notice__kind="change_to_confirm")
    assert mail.to_email == "ana@padaria.example"
    kept = bytes(Change.objects.get(id=asked).link_hash)
    assert changes.secret_of(asked).encode() not in kept

    for wrong in ("", "x" * 32):
        with pytest.raises(LinkVoid):
            confirm(padaria, asked, secret=wrong)
    assert untouched(padaria, gateway)
    for _ in range(2):
        assert confirm(padaria, asked).paid
    assert (state(asked), padaria.contract.plan_code) == (ChangeState.APPLIED, "expert")
    assert len(gateway.book) == 2
    assert changes.secret_of(asked) == ""
    # The day and the hour of undoing count from the press.
    undo_change(
        change_id=asked, customer_id=padaria.customer_id, actor="ana", now=JUNE_19 + 2 * HOUR - MINUTE
    )
    assert check_books() == []


@pytest.mark.rule("CHG-6", part="link in the mail: other")
def test_after_a_day_the_link_is_void_and_the_change_given_up(padaria, gateway):
    held_for("link")
    asked = accepted(padaria)
    secret = changes.secret_of(asked)
    with pytest.raises(LinkVoid):
        confirm(padaria, asked, now=JUNE_19 + DAY)
    renew_due(now=JUNE_19 + DAY - MINUTE)
    assert state(asked) is ChangeState.CONFIRM
    renew_due(now=JUNE_19 + DAY)
    assert (state(asked), untouched(padaria, gateway)) == (ChangeState.LAPSED, True)
    assert Notice.objects.filter(kind="change_lapsed").exists()
    with pytest.raises(LinkVoid):
        confirm(padaria, asked, secret=secret, now=JUNE_19 + DAY)


@pytest.mark.rule("CHG-4", part="moment of acceptance")
@pytest.mark.rule("CHG-6", part="link in the mail: other")
@pytest.mark.rule("CHG-6", part="the seller approves: other")
@pytest.mark.parametrize(("word", "until"), [("link", JUNE_19 + DAY), ("approval", JUNE_19 + 7 * DAY)])
def test_what_is_over_stands_in_nobodys_way_before_its_job_has_come(padaria, word, until):
    held_for(word)
    over = accepted(padaria)
    with pytest.raises(ChangeHeld):
        quote(padaria, plan="starter", now=until - MINUTE)
    assert held_of(padaria.contract_id, at=until - MINUTE) is not None
    assert held_of(padaria.contract_id, at=until) is None
    if word == "approval":
        with pytest.raises(AlreadyDecided):
            approve(over, now=until)
    anew = quote(padaria, plan="expert", now=until)
    assert state(over) is ChangeState.LAPSED
    assert Notice.objects.filter(kind="change_lapsed").count() == 1
    assert accept(padaria, anew, now=until).waits_for is not None
    renew_due(now=until)  # and the job, which finds nothing to do
    assert Notice.objects.filter(kind="change_lapsed").count() == 1
    assert state(anew) in (ChangeState.CONFIRM, ChangeState.APPROVAL)


@pytest.mark.rule("CHG-6", part="link in the mail: other")
def test_what_costs_something_else_by_then_is_asked_once_more_without_another_mail(padaria, gateway):
    held_for("link")
    asked, tomorrow = accepted(padaria), JUNE_19 + 20 * HOUR
    with pytest.raises(QuoteStale) as stale:
        confirm(padaria, asked, now=tomorrow)
    assert (state(asked), untouched(padaria, gateway)) == (ChangeState.LAPSED, True)
    anew = parse("chg", stale.value.quote)
    # 11 instead of 12 of 30 days of 1,800.00 − 600.00
    assert (stale.value.today_minor, stale.value.difference_minor) == (440_00, -40_00)
    assert accept(padaria, anew, now=tomorrow + MINUTE).paid
    assert Email.objects.filter(notice__kind="change_to_confirm").count() == 1
    assert padaria.contract.plan_code == "expert"


@pytest.mark.rule("CHG-6", part="the seller approves: other")
@pytest.mark.parametrize("plan", ["expert", "starter"])
def test_a_change_waits_until_the_seller_approves_it(padaria, gateway, plan):
    make_olga()
    held_for("approval")
    asked = accepted(padaria, plan=plan)
    assert (state(asked), untouched(padaria, gateway)) == (ChangeState.APPROVAL, True)
    [mail] = Email.objects.filter(notice__kind="change_to_approve")
    assert mail.to_email == "olga@abono.example"
    for _twice in range(2):  # pressed again: the same answer
        approve(asked)
    with pytest.raises(AlreadyDecided):
        approve_change(change_id=asked, actor="person:otto", moment=moment(JUNE_19 + HOUR))
    if plan == "starter":  # what is smaller begins with the next cycle
        assert (state(asked), len(gateway.book)) == (ChangeState.SCHEDULED, 1)
        return
    assert (state(asked), padaria.contract.plan_code, len(gateway.book)) == (ChangeState.APPLIED, plan, 2)
    change = changes.get(asked)
    assert (change.accepted_at, change.decided_by) == (JUNE_19 + HOUR, OLGA)
    assert state_of(padaria, at=JUNE_19).included_interactions == 500 + 1_500 * 12 // 30
    assert check_books() == []


@pytest.mark.rule("CHG-6", part="the seller approves: other")
def test_the_seller_refuses_with_a_reason_that_the_customer_reads(padaria, gateway):
    held_for("approval")
    asked = accepted(padaria)
    refusing = {"change_id": asked, "actor": OLGA, "moment": moment(JUNE_19 + HOUR)}
    with pytest.raises(SayWhy):
        refuse_change(why=" ", **refusing)
    seen = refuse_change(why="Your address is not confirmed yet.", **refusing)
    assert (seen.state, seen.answer) == (ChangeState.REFUSED, "Your address is not confirmed yet.")
    assert untouched(padaria, gateway)
    assert Notice.objects.get(kind="change_refused").facts["why"] == seen.answer
    quote(padaria, plan="expert", now=JUNE_19 + 2 * HOUR)


@pytest.mark.rule("CHG-6", part="the seller approves: other")
@pytest.mark.parametrize("when", [JUNE_19 + 2 * DAY, JUNE_19 + HOUR])
def test_approved_and_not_as_it_was_quoted_the_customer_accepts_it_once_more(padaria, gateway, when):
    held_for("approval")
    asked = accepted(padaria)
    if when < JUNE_19 + DAY:  # it costs the same, but the card is gone
        sql.run("UPDATE payments_paymentmethod SET in_use = false")
    assert approve(asked, now=when).state is ChangeState.LAPSED
    assert untouched(padaria, gateway)
    [told] = Notice.objects.filter(kind="change_approved")
    assert told.facts["total_minor"] == (400_00 if when > JUNE_19 + DAY else 480_00)
    if when > JUNE_19 + DAY:  # a day later still, and quoted again
        anew = quote(padaria, plan="expert", now=when + DAY)
        assert accept(padaria, anew, now=when + DAY).paid
        assert padaria.contract.plan_code == "expert"


@pytest.mark.rule("CHG-6", part="the seller approves: other")
@pytest.mark.rule("CHG-7")
def test_approved_and_declined_the_customer_is_told_and_can_accept_it_again(gateway):
    padaria = make_padaria(card="renewals-fail")  # good while somebody is present
    held_for("approval")
    asked = accepted(padaria)
    assert approve(asked).state is ChangeState.WAITING
    assert padaria.contract.plan_code == "specialist"
    assert Notice.objects.filter(kind="payment_failed").exists()
    assert accept(padaria, asked, now=JUNE_19 + HOUR + 20 * MINUTE).paid
    assert padaria.contract.plan_code == "expert"
    assert check_books() == []


@pytest.mark.rule("CHG-6", part="link in the mail: other")
@pytest.mark.rule("CHG-6", part="the seller approves: other")
def test_both_the_link_comes_first(padaria, gateway):
    held_for("link, approval")
    asked = accepted(padaria)
    with pytest.raises(AlreadyDecided):
        approve(asked)
    assert confirm(padaria, asked).waits_for is ChangeState.APPROVAL
    assert untouched(padaria, gateway)
    assert approve(asked, now=JUNE_19 + 2 * HOUR).state is ChangeState.APPLIED


@pytest.mark.rule("CHG-8", part="while another is approved or confirmed")
@pytest.mark.rule("CHG-8", part="before any arithmetic")
@pytest.mark.parametrize("words", ["link", "approval"])
def test_while_one_waits_for_a_word_there_is_no_other(padaria, gateway, words, monkeypatch):
    held_for(words)
    other = quote(padaria, package="brl-500", now=JUNE_19)
    asked = accepted(padaria)
    monkeypatch.setattr("abono.flows.quotes.quote.difference", None)
    for refused in (
        lambda: quote(padaria, package="brl-250", now=JUNE_19),
        lambda: accept(padaria, other, now=JUNE_19),
    ):
        with pytest.raises(ChangeHeld) as no:
            refused()
        assert no.value.change == changes.get(asked).public_id
    monkeypatch.undo()

    secret = changes.secret_of(asked)
    taken = {"change_id": asked, "customer_id": padaria.customer_id, "actor": "ana", "now": JUNE_19 + MINUTE}
    for _ in range(2):
        assert withdraw_change(**taken).state is ChangeState.WITHDRAWN
    assert Notice.objects.get(kind="change_withdrawn").facts["plan_after"] == "Specialist"
    with pytest.raises((LinkVoid, AlreadyDecided)):
        confirm(padaria, asked, secret=secret) if words == "link" else approve(asked)
    assert untouched(padaria, gateway)
    quote(padaria, package="brl-250", now=JUNE_19 + MINUTE)
