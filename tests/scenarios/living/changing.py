"""Changes in a life at random: asked for, held, late, withdrawn, undone."""

from __future__ import annotations

from datetime import timedelta

from abono.domain.contracts import changes
from abono.domain.contracts.states import ChangeState
from abono.domain.credit import queries as credit
from abono.domain.metering import queries as meters
from abono.flows.billing.project import project_invoice
from abono.flows.changes.confirm import approve_change
from abono.flows.changes.undo import preview_undo, undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.quotes.kept import quote_of
from abono.kernel.errors import Refusal
from tests.scenarios.living.life import PACKAGES, PLANS, ROUNDED, Life
from tests.scenarios.paying import answer, card
from tests.work import renew_due
from tests.world import DAY, HOUR, accept, moment, quote


def change(life: Life) -> None:
    dice, has = life.dice, life.tenant.contract
    wanted = {
        "plan": dice.choice([*PLANS, has.plan_code, has.plan_code]),
        "package": dice.choice([*PACKAGES, has.package_code, has.package_code]),
        "licences": dice.choice([has.extra_licences, has.extra_licences, 0, 1, 7, 40]),
        "interval": life.interval(has.interval),
    }
    try:
        asked = quote(life.tenant, now=life.now, **wanted)
    except Refusal as no:
        life.tell("no quote", wanted, repr(no))
        return
    shown, stood, money = quote_of(changes.get(asked)), life.stands(), life.money
    was = has.plan_code, has.package_code, has.extra_licences
    drawn, took = credit.balance(life.key), sum(life.gateway.book.values())
    life.tell(
        "change",
        wanted,
        "today",
        shown.today.minor,
        "credit",
        shown.credit.minor,
        "due",
        shown.difference.minor,
        "deferred",
        shown.deferred,
        shown.unit,
    )
    accept(life.tenant, asked, now=life.now)
    state = ChangeState(changes.get(asked).state)
    if state is ChangeState.APPROVAL:
        assert (life.money, life.stands()) == (money, stood)
        if dice.randrange(3) == 0:
            withdraw_change(change_id=asked, customer_id=life.tenant.customer_id, actor="ana", now=life.now)
            life.tell("withdrawn while held")
            return
        life.now += dice.choice([timedelta(0), timedelta(minutes=5), HOUR])
        approve_change(change_id=asked, actor="olga", moment=moment(life.now))
        state = ChangeState(changes.get(asked).state)
        life.tell("approved", state)
        if state in (
            ChangeState.LAPSED,
            ChangeState.WAITING,
        ):  # no card, or one that is declined with nobody present
            assert (life.money, life.stands()) == (money, stood)
            return
    assert state in (ChangeState.APPLIED, ChangeState.SCHEDULED), state
    assert sum(life.gateway.book.values()) - took == shown.today.minor
    assert drawn - credit.balance(life.key) == shown.credit.minor
    balance = meters.balance(contract_id=life.key, at=life.now)
    assert balance.included_interactions == shown.interactions[1]
    said = project_invoice(contract_id=life.key)
    assert said is not None
    if not said.use_total:
        assert abs(said.total.minor - shown.next_invoice.minor) <= ROUNDED
    life.newest, life.clean = (asked, stood, money, was), True


def late(life: Life) -> None:
    """A change whose payment is not clear until later, maybe in the cycle after."""
    dice, has = life.dice, life.tenant.contract
    wanted = {
        "plan": dice.choice(PLANS),
        "package": dice.choice(PACKAGES),
        "licences": dice.choice([has.extra_licences, 0, 1, 7, 40]),
        "interval": life.interval(has.interval),
    }
    card(life.tenant, "lost")
    try:
        asked = quote(life.tenant, now=life.now, **wanted)
        accept(life.tenant, asked, now=life.now)
    except Refusal as no:
        life.tell("no late quote", repr(no))
        return
    finally:
        card(life.tenant, "ok")
    state = ChangeState(changes.get(asked).state)
    life.tell("late change", wanted, state)
    life.newest = None
    if state is ChangeState.WAITING:
        life.now += dice.choice([timedelta(minutes=1), HOUR, DAY, 20 * DAY])
        end = life.tenant.contract.cycle_end
        if dice.randrange(2):
            renew_due(now=life.now)
        life.tell("answer")
        answer(now=life.now)
        renew_due(now=life.now)
        life.tell("answered", ChangeState(changes.get(asked).state), life.now >= end)


def withdraw(life: Life) -> None:
    found = changes.scheduled(life.key)
    if found is not None:
        withdraw_change(change_id=found.id, customer_id=life.tenant.customer_id, actor="ana", now=life.now)
        life.tell("withdrawn")


def undo(life: Life) -> None:
    if life.newest is None:
        return
    asked, stood, money, was = life.newest
    try:
        shown = preview_undo(change_id=asked, customer_id=life.tenant.customer_id, now=life.now)
    except Refusal as no:
        life.tell("no undo", repr(no))
        return
    had = credit.balance(life.key)
    undo_change(change_id=asked, customer_id=life.tenant.customer_id, actor="ana", now=life.now)
    life.tell("undone", shown.credit.minor)
    has = life.tenant.contract
    assert (has.plan_code, has.package_code, has.extra_licences) == was
    assert credit.balance(life.key) - had == shown.credit.minor
    assert life.stands() == stood, (stood, life.stands())
    if life.clean:
        assert life.money == money, (money, life.money)
    life.newest = None
