"""Prices that move in a life at random: adjusted by an index, newer versions; and a trial that ends on another day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from abono.domain.adjustments.states import Months, Part
from abono.domain.catalog import actions as catalog
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.months import write_months
from abono.flows.adjustments.preview import preview_adjustment
from abono.flows.adjustments.withdraw import withdraw_line
from abono.flows.charges import fees
from abono.flows.charges.cycles import cycle_of
from abono.flows.price_moves.apply import apply_move
from abono.flows.trials.move import days_for_last, move_trial_end
from abono.flows.versions.kind import VERSIONS
from abono.flows.versions.preview import effects, preview_versions
from abono.kernel.errors import Refusal
from abono.kernel.periods import add_months, local_date
from tests.scenarios.living.life import Life


def adjusted(life: Life) -> None:
    """By an index whose months are known by now; and maybe taken back, which is as if it had not been."""
    dice, this = life.dice, life.now.date().replace(day=1)
    since = max(life.known_from, add_months(this, -30))
    months, at = {}, since
    while at < this:
        months[at] = (
            Decimal(dice.choice(["0.41", "-0.11", "1.37", "0", "12.5"])) if at >= life.known_to else None
        )
        at = add_months(at, 1)
    new = {month: one for month, one in months.items() if one is not None}
    if new:
        write_months(code="IPCA", name="IPCA", values=new, actor="olga", now=life.now)
    life.known_to = this
    parts = [one for one in Part if dice.randrange(3)] or [Part.PLAN]
    before = ahead(life)
    try:
        key = preview_adjustment(
            index="IPCA",
            currency=life.currency,
            months=dice.choice(list(Months)),
            parts=parts,
            until=life.now.date() + timedelta(days=dice.choice([45, 360])),
            actor="olga",
            now=life.now,
        )
        done = apply_move(ADJUSTMENTS, key, actor="olga", now=life.now)
    except Refusal as no:
        life.tell("not adjusted", repr(no))
        return
    life.tell("adjusted", done, [one.value for one in parts])
    assert apply_move(ADJUSTMENTS, key, actor="olga", now=life.now) is False
    life.adjustments.append(key)
    if dice.randrange(3) == 0:
        not_adjusted(life)
        assert ahead(life) == before


def not_adjusted(life: Life) -> None:
    if not life.adjustments:
        return
    key = life.adjustments.pop()
    try:
        withdraw_line(adjustment_id=key, contract_id=life.key, why="x", actor="olga", now=life.now)
        life.tell("adjustment taken back")
    except Refusal as no:
        life.tell("adjustment stays", repr(no))


def newer(life: Life) -> None:
    """What it has costs something else to those who buy it now; and the contract is moved to that."""
    dice, has = life.dice, life.tenant.contract
    by = dice.choice([Decimal("0.9"), Decimal("1.1"), Decimal("1.337")])
    plans = [
        replace(
            plan,
            prices=tuple(replace(one, price_minor=int(one.price_minor * by)) for one in plan.prices),
            credits=plan.credits + dice.choice([0, 100]),
        )
        if plan.code == has.plan_code
        else plan
        for plan in life.catalog.plans
    ]
    life.catalog = replace(life.catalog, plans=tuple(plans))
    try:
        catalog.apply(catalog=life.catalog, actor="olga", now=life.now)
        key = preview_versions(plan_code=has.plan_code, package_code="", actor="olga", now=life.now)
        moved = [one for one in effects(key) if one.contract_id == life.key]  # none: it has that
        apply_move(VERSIONS, key, actor="olga", now=life.now)
        for one in moved:
            life.tell("newer", has.plan_code, by, one.day, one.before.minor, one.after.minor)
    except Refusal as no:
        life.tell("not moved", repr(no))


def tried(life: Life) -> None:
    """Its trial ends on another day."""
    contract = life.contract
    if not contract.in_trial(contract.cycle):
        return
    first, most = days_for_last(contract, contract.customer.time_zone, now=life.now)
    last = min(first + timedelta(days=life.dice.choice([0, 1, 9, 31])), most)
    try:
        until = move_trial_end(contract_id=life.key, last=last, why="x", actor="olga", now=life.now)
        life.tell("trial until", until)
        assert local_date(until, contract.customer.time_zone) == last + timedelta(days=1)
        life.newest = None
    except Refusal as no:
        life.tell("trial stays", repr(no))


def ahead(life: Life) -> list[tuple[object, ...]]:
    """What its next fourteen cycles cost, as things stand."""
    contract = life.contract
    number = contract.cycle_number
    assert number is not None
    return [
        (line.kind, line.name, line.period, line.quantity, line.amount)
        for n in range(number, number + 14)
        for line in fees.fixed(contract, cycle_of(contract, n))
    ]
