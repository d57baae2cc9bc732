"""How invoices of a life at random come to stand: recorded, given up, contested, owed again; and payouts of what was paid."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.payments import payouts, receipts
from abono.domain.payments.payouts import NewPayout
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import BY_HAND
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.flows.standing.write_off import reopen, write_off
from abono.kernel.errors import Refusal
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from tests.scenarios.living import billing
from tests.scenarios.living.life import Life
from tests.scenarios.paying import card
from tests.world import PADARIA


def owing(life: Life) -> None:
    """An invoice that its card does not pay."""
    card(life.tenant, "decline:balance", now=life.now)
    billing.one_off(life)
    card(life.tenant, "ok", now=life.now)
    if life.dice.randrange(2):
        given_up(life)


def paid_otherwise(life: Life) -> None:
    """Less than is owed, all of it, or more; and maybe taken back."""
    found = some(life, State.PENDING, State.PENDING, State.WRITTEN_OFF, State.PAID)
    if found is None:
        return
    rest = max(found.rest_minor, 1)
    minor = life.dice.choice([rest, -(-rest // 3), rest + 1, rest + 123_45])
    try:
        done = record_payment(
            invoice_id=found.id,
            came=Came(life.dice.choice(list(BY_HAND)), minor, today(life)),
            receipt_id=uuid7(),
            actor="olga",
            now=life.now,
        )
    except Refusal as no:
        life.tell("not recorded", found.title, repr(no))
        return
    life.tell("recorded", found.title, found.state, rest, minor)
    life.clean = False
    if not life.dice.randrange(3):
        _take_back(life, done.id)


def taken_back(life: Life) -> None:
    found = [
        one
        for invoice in Invoice.objects.filter(contract_id=life.key)
        for one in receipts.of_invoice(invoice.id)
        if one.withdrawn_at is None
    ]
    if found:
        _take_back(life, life.dice.choice(sorted(found, key=lambda one: one.id)).id)


def given_up(life: Life) -> None:
    """Write off, or ask for it again."""
    found = some(life, State.PENDING, State.WRITTEN_OFF)
    if found is None:
        return
    act = write_off if found.state == State.PENDING.value else reopen
    try:
        act(invoice_id=found.id, why="x", actor="olga", now=life.now)
        life.tell(act.__name__, found.title, found.rest_minor)
        life.clean = False
    except Refusal as no:
        life.tell("no", act.__name__, repr(no))


def contested(life: Life) -> None:
    """Open a dispute, or end one."""
    found = some(life, State.DISPUTED, State.PENDING, State.PAID, State.PAID)
    if found is None:
        return
    life.clean = False
    try:
        if found.state == State.DISPUTED.value:
            billing.decide(life, found)
            return
        half = found.total_minor // 2 if found.state == State.PAID.value else None
        minor = life.dice.choice([None, half])
        open_dispute(invoice_id=found.id, why="x", actor="olga", now=life.now, amount_minor=minor)
        life.tell("disputed", found.title, found.state, minor)
        if life.dice.randrange(2):
            billing.decide(life, found)
    except Refusal as no:
        life.tell("no dispute", repr(no))


def paid_out(life: Life) -> None:
    """All or a part of what lies somewhere; and maybe taken back."""
    there = [one for one in payouts.sources() if one[1]]
    if not there:
        return
    gateway, lies = life.dice.choice(there)
    minor = max(life.dice.choice([lies.minor, lies.minor // 3]), 1)
    kept = life.dice.choice([0, minor // 25])
    new = NewPayout(
        gateway, uuid7().hex, Money(minor - kept, lies.currency), Money(kept, lies.currency), today(life)
    )
    if minor > lies.minor:  # a clearing account that owes us something
        return
    done = payouts.record(new, actor="olga", now=life.now)
    assert dict(payouts.sources())[gateway] == Money(lies.minor - minor, lies.currency)
    life.tell("paid out", gateway, minor)
    if not life.dice.randrange(3):
        payouts.withdraw(done.id, why="x", actor="olga", now=life.now)
        assert dict(payouts.sources())[gateway] == lies


def _take_back(life: Life, receipt_id: UUID) -> None:
    try:
        withdraw_payment(receipt_id=receipt_id, why="x", actor="olga", now=life.now)
        life.tell("payment taken back", receipts.get(receipt_id).amount.minor)
        life.clean = False
    except Refusal as no:
        life.tell("not taken back", repr(no))


def some(life: Life, *states: State) -> Invoice | None:
    """One in any of these states, of which one that is named more often comes more often."""
    found = Invoice.objects.filter(contract_id=life.key, number__isnull=False).order_by("number")
    rows = [one for state in states for one in found.filter(state=state.value)]
    return life.dice.choice(rows) if rows else None


def today(life: Life) -> date:
    """Of its customer and of the seller."""
    return min(local_date(life.now, life.customer.time_zone), local_date(life.now, PADARIA.time_zone))
