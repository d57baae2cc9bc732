"""A life at random that is cancelled for the end of its cycle or of its paid year, taken back until then, or ends (END-3)."""

from __future__ import annotations

from datetime import timedelta

from abono.domain.contracts.states import State
from abono.domain.metering import queries as meters
from abono.flows.endings.cancel import cancel, preview_cancellation, take_back
from abono.kernel.errors import Refusal
from tests.scenarios.living import billing
from tests.scenarios.living.life import Life
from tests.scenarios.living.rising import ahead
from tests.work import renew_due


def cancelled(life: Life) -> None:
    """All works as before until then, and no day of it is paid otherwise."""
    stood, money, cycle = life.stands(), life.money, life.contract.cycle
    try:
        shown = preview_cancellation(contract_id=life.key, now=life.now)
        done = cancel(contract_id=life.key, why="x", actor="ana", now=life.now)
    except Refusal as no:
        life.tell("not cancelled", repr(no))
        return
    life.tell("cancelled", done.ends_at, done.puts_aside)
    life.newest = None
    contract = life.contract
    assert (contract.ends_at, contract.cycle) == (shown.ends_at, cycle)
    assert done.ends_at == shown.ends_at >= contract.cycle_end
    assert done.last_invoice == shown.last_invoice or shown.puts_aside
    assert (life.stands(), life.money) == (stood, money)
    last = done.ends_at == contract.cycle_end
    assert not last or max(one.cycle.end for one in meters.cycles(life.key)) == done.ends_at


def kept(life: Life) -> None:
    """Taken back, it is as if it had not been."""
    stood, money, cost, was = life.stands(), life.money, ahead(life), life.contract.ends_at
    try:
        take_back(contract_id=life.key, actor="ana", now=life.now)
    except Refusal as no:
        life.tell("not taken back", repr(no))
        went_on = False
    else:
        life.tell("goes on")
        went_on = True
    assert went_on == (was is not None)
    assert life.contract.ends_at is None
    assert (life.stands(), life.money, ahead(life)) == (stood, money, cost)


def ends_now(life: Life) -> bool:
    """Whether the cycle that runs is its last."""
    return life.contract.ends_at == life.contract.cycle_end


def end(life: Life) -> None:
    """With the invoice that was shown; nothing of it runs afterwards, and a second run does nothing."""
    contract = life.contract
    assert contract.cycle_end is not None
    assert contract.cycle_number is not None
    life.now = contract.cycle_end
    renew_due(now=life.now - timedelta(seconds=1))
    said = preview_cancellation(contract_id=life.key, now=life.now - timedelta(seconds=1)).last_invoice
    assert said is not None
    life.about_to_renew()
    assert renew_due(now=life.now) == 0
    assert (life.contract.state, life.contract.ended_at) == (State.ENDED.value, life.now)
    billing.comes_as_said(life, contract.cycle_number + 1, said)
    assert all(one.cycle.end <= life.now for one in meters.cycles(life.key))
