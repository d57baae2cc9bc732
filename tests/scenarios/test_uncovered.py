"""Sends that nothing covers: told once a day, billed only when the seller says so, contested in one press (PKG-12)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from abono.domain.identity import actions as identity
from abono.domain.identity.roles import Role
from abono.domain.metering import queries as metering
from abono.domain.notices import queries as notices
from abono.domain.notices.mail import compose
from abono.domain.notices.models import Email, Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import UNCOVERED
from abono.domain.uncovered import actions, queries
from abono.domain.uncovered.actions import Which
from abono.domain.uncovered.errors import NeverBilled, NoSuchDecision, NotContestable, NothingToDecide
from abono.domain.uncovered.queries import Chosen
from abono.domain.uncovered.types import State
from abono.entrypoints.site.links import link_for
from abono.flows.uncovered.decide import contest_uncovered, decide_uncovered
from abono.flows.uncovered.tell import tell_uncovered
from abono.flows.usage.facts import Told
from abono.flows.usage.report import report
from abono.flows.usage.said import Word
from abono.kernel.ids import public, uuid7
from abono.platform import events
from tests import sql
from tests.books import check_books
from tests.world import DAY, HOUR, JUNE_1, Tenant, make_colleague, make_luna

NOON = JUNE_1 + 2 * DAY


def told(
    padaria: Tenant, *names: str, channel: str = "sms", country: str = "FR", now: datetime = NOON
) -> list[Word]:
    contract = public("ctr", padaria.contract_id)
    facts = [Told(name, contract, "sent", channel=channel, kind="message", country=country) for name in names]
    return [said.word for said in report(facts, customer_id=None, now=now)]


def states(padaria: Tenant, now: datetime = NOON) -> list[State]:
    found = queries.uncovered(Chosen(contract_id=padaria.contract_id), real=now)
    return [one.state for one in found]


def bill(padaria: Tenant, *, typed_micro: int | None = 120_000, now: datetime = NOON, **which: str):
    return decide_uncovered(
        contract_id=padaria.contract_id,
        which=Which(**which),
        bill=True,
        typed_micro=typed_micro,
        why="The carrier charged us for them.",
        actor="olga",
        now=now,
    )


@pytest.mark.rule("PKG-12", part="shown to both, told once a day")
def test_people_are_told_once_a_day(padaria: Tenant):
    told(padaria, "a", "b")
    assert tell_uncovered(real=NOON) == 1
    notice = Notice.objects.get(kind="sends_uncovered")
    assert (notice.facts["sends"], notice.facts["priced"], notice.facts["total_micro"]) == (2, 0, 0)
    assert Email.objects.filter(notice=notice).count() == 2  # Ana and the financial contact

    told(padaria, "c", now=NOON + HOUR)
    assert tell_uncovered(real=NOON + HOUR) == 0
    assert tell_uncovered(real=NOON + DAY) == 1
    assert tell_uncovered(real=NOON + 2 * DAY) == 0
    assert Notice.objects.filter(kind="sends_uncovered").count() == 2
    event = events.last(name="sends.uncovered", subject=("contract", padaria.contract_id))
    assert event is not None
    assert event.data["sends"] == 1


@pytest.mark.rule("PKG-12", "NOT-1")
def test_the_seller_is_told_once_a_day_of_what_waits_for_a_decision_and_the_customer_never_sees_that(
    padaria: Tenant,
):
    for name, language in (("olga", "es"), ("otto", "en")):
        identity.set_language(person_id=make_colleague(name, Role.READER), language=language)
    told(padaria, "a", "b")
    tell_uncovered(real=NOON)
    told(padaria, "c", now=NOON + HOUR)
    tell_uncovered(real=NOON + HOUR)
    notice = Notice.objects.get(kind="uncovered_to_decide")
    assert notice.facts["sends"] == 2
    mails = Email.objects.filter(notice=notice).order_by("to_email")
    assert [(one.to_email, one.language) for one in mails] == [
        ("olga@abono.example", "es"),
        ("otto@abono.example", "en"),
    ]
    message = compose(mails[1].id, attach=lambda _id, _language: ("", b""), link_for=link_for)
    assert f"/uncovered/{public('ctr', padaria.contract_id)}/" in message.body
    assert "wait for you to decide" in message.subject
    assert notices.list_for(padaria.customer_id, "en")[0].kind == "sends_uncovered"
    assert "uncovered_to_decide" not in {one.kind for one in notices.list_for(padaria.customer_id, "en")}
    assert "uncovered_to_decide" not in {one.kind for one in notices.choices(padaria.customer_id)}
    assert notices.unread_count(padaria.customer_id) == len(notices.list_for(padaria.customer_id, "en"))


@pytest.mark.rule("PKG-12", part="uncovered sends: other")
@pytest.mark.parametrize("value", ["never", "always"])
def test_where_nobody_decides_the_seller_is_not_asked(padaria: Tenant, value: str):
    set_value(setting=UNCOVERED, value=value, actor="olga", why="a promise", now=NOON - DAY)
    told(padaria, "a")
    assert tell_uncovered(real=NOON) == 1
    assert not Notice.objects.filter(kind="uncovered_to_decide").exists()


@pytest.mark.rule("PKG-12", part="told five days before")
def test_what_is_billed_is_told_five_days_before(padaria: Tenant):
    told(padaria, "a", "b", "c")
    decision = bill(padaria)
    assert (decision.sends, decision.total_micro) == (3, 360_000)
    notice = Notice.objects.get(kind="uncovered_billed")
    assert notice.facts["why"] == "The carrier charged us for them."
    assert states(padaria) == [State.ANNOUNCED] * 3
    early, due = NOON + 5 * DAY - timedelta(seconds=1), NOON + 5 * DAY
    assert queries.billable(contract_id=padaria.contract_id, now=early) == []
    assert queries.billable(contract_id=padaria.contract_id, now=due) == [decision]
    assert states(padaria, due) == [State.DUE] * 3
    assert metering.balance(contract_id=padaria.contract_id, at=NOON).total_micro == 0
    with pytest.raises(NothingToDecide):
        bill(padaria)
    assert check_books() == []


@pytest.mark.rule("PKG-12", part="contested")
def test_the_customer_says_no_in_one_press(padaria: Tenant):
    told(padaria, "a")
    decision = bill(padaria)
    who = {"contract_id": padaria.contract_id, "customer_id": padaria.customer_id, "actor": "ana"}
    first = contest_uncovered(**who, decision_id=decision.id, now=NOON + DAY)
    again = contest_uncovered(**who, decision_id=decision.id, now=NOON + 2 * DAY)
    assert first == again
    assert (first.contested_at, first.contested_by) == (NOON + DAY, "ana")
    assert queries.billable(contract_id=padaria.contract_id, now=NOON + 9 * DAY) == []
    assert states(padaria, NOON + 9 * DAY) == [State.CONTESTED]
    assert events.last(name="uncovered.contested", subject=("contract", padaria.contract_id)) is not None
    with pytest.raises(NoSuchDecision):
        contest_uncovered(**who, decision_id=uuid7(), now=NOON)
    luna = make_luna()
    with pytest.raises(NoSuchDecision):
        contest_uncovered(
            contract_id=luna.contract_id,
            customer_id=luna.customer_id,
            decision_id=decision.id,
            actor="diego",
            now=NOON,
        )


@pytest.mark.rule("PKG-12", part="never after our refusal")
def test_what_we_refused_is_never_billed_but_may_be_let_go(padaria: Tenant):

    from abono.domain.metering.types import keyed

    sql.run(
        "INSERT INTO metering_refused_hold (contract_id, send_id) VALUES (%s, %s)",
        padaria.contract_id,
        keyed("a")[0],
    )
    told(padaria, "a")
    with pytest.raises(NothingToDecide):
        bill(padaria)
    let_go = decide_uncovered(
        contract_id=padaria.contract_id, which=Which(), bill=False, why="Our refusal.", actor="olga", now=NOON
    )
    assert (let_go.sends, let_go.total_micro, let_go.bill_from) == (1, 0, None)
    assert states(padaria) == [State.LET_GO]
    with pytest.raises(NotContestable):
        contest_uncovered(
            contract_id=padaria.contract_id,
            customer_id=None,
            decision_id=let_go.id,
            actor="ana",
            now=NOON,
        )


@pytest.mark.rule("PKG-12", part="no price")
def test_without_a_typed_price_only_those_with_a_row_are_billed(padaria: Tenant):
    told(padaria, "abroad")
    told(padaria, "late", country="BR", now=JUNE_1 - 30 * DAY)  # before there was a cycle: no price either
    with pytest.raises(NothingToDecide):
        bill(padaria, typed_micro=None, country="FR")
    decision = bill(padaria, typed_micro=None)  # of the row in force now: 0.10
    assert (decision.sends, decision.total_micro) == (1, 100_000)
    assert sorted(states(padaria)) == [State.ANNOUNCED, State.OPEN]


@pytest.mark.rule("PKG-12", part="uncovered sends: default")
def test_shipped_nobody_is_billed_unless_somebody_decides(padaria: Tenant):
    told(padaria, "a")
    tell_uncovered(real=NOON)
    assert queries.decisions() == []


@pytest.mark.rule("PKG-12", part="uncovered sends: other")
def test_by_the_setting_never_or_always(padaria: Tenant):
    set_value(setting=UNCOVERED, value="never", actor="olga", why="a promise", now=NOON)
    told(padaria, "a")
    with pytest.raises(NeverBilled):
        bill(padaria)
    set_value(setting=UNCOVERED, value="always", actor="olga", why="a contract", now=NOON + HOUR)
    # Before the first cycle it had no price; the row in force when it is decided has one.
    told(padaria, "b", country="BR", now=JUNE_1 - 30 * DAY)
    assert tell_uncovered(real=NOON + 2 * HOUR) == 1
    [decision] = queries.decisions()
    assert (decision.bill, decision.sends, decision.decided_by) == (True, 1, "system")
    assert decision.bill_from == NOON + 2 * HOUR + 5 * DAY


def test_refused_holds_are_forgotten_after_some_weeks(padaria: Tenant):

    sql.run("INSERT INTO metering_refused_hold VALUES (%s, %s, %s)", padaria.contract_id, uuid7(), NOON)
    assert actions.forget_refused_holds(now=NOON + 35 * DAY) == 0
    assert actions.forget_refused_holds(now=NOON + 36 * DAY) == 1
