"""Invoices of a life at random: one-off, credited, for use, of each cycle; and all of them given back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import FiscalType, State
from abono.domain.invoicing.types import LineCredit
from abono.domain.metering import queries as meters
from abono.domain.payments import refunds
from abono.domain.payments.ports.port import RefundOutcome
from abono.domain.payments.states import RefundState, Way
from abono.domain.payments.types import RefundInfo
from abono.flows.billing.project import Projection, project_invoice
from abono.flows.charges import fees
from abono.flows.charges.cycles import cycle_of
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.endings.dispute import end_dispute
from abono.flows.endings.regret import preview_regret, regret
from abono.flows.limits.interim import issue_interim
from abono.flows.one_off.draft import Written, seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.flows.refunds.failed import ask_again, keep_as_credit, pay_out
from abono.kernel.errors import Refusal
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.scenarios.living.life import ROUNDED, Life
from tests.scenarios.paying import pay
from tests.scenarios.test_money_in_time import contacts
from tests.work import ask_gateways, renew_due
from tests.world import moment, use


def one_off(life: Life) -> None:
    line = Written(
        "Training",
        life.dice.choice([1, 3]),
        life.dice.choice([333_330_000, 12_340_000]),
        life.dice.choice(list(FiscalType)),
    )
    found = write_draft(contract_id=life.key, named=uuid7(), lines=[line], now=life.now)
    if life.dice.randrange(3):
        try:
            issue_one_off(invoice_id=found.id, accepted=seen(found), why="x", actor="olga", now=life.now)
        except Refusal as no:
            life.tell("not issued", repr(no))
    renew_due(now=life.now)
    life.clean = False
    life.tell("one-off", found.total_minor)


def credit_note(life: Life) -> None:
    paid = [invoices.get(one) for one in invoices.paid_of(life.key)]
    lines = [
        (one, line) for one in paid for line in one.lines if line.left_minor > 0 and line.kind.value != "tax"
    ]
    if not lines:
        return
    invoice, line = life.dice.choice(lines)
    minor = life.dice.choice([1, line.left_minor, -(-line.left_minor // 3)])
    try:
        issue_credit_note(
            invoice_id=invoice.id,
            lines=[LineCredit(line.position, minor)],
            why="x",
            actor="olga",
            now=life.now,
        )
        life.tell("credit note", invoice.title, line.position, minor)
        life.clean = False
    except Refusal as no:
        life.tell("no credit note", repr(no))


def used(life: Life) -> None:
    if life.dice.randrange(2):
        use(life.key, life.dice.choice([1, 100, 300]), at=life.now)
    else:
        contacts(life.tenant, life.dice.choice([1, 150]), at=life.now)
    life.tell("used")


def past_the_limit(life: Life) -> None:
    """What is over the package is asked for at once where sending is blocked; and paid, or not."""
    use(life.key, life.dice.choice([1_000, 4_000]), at=life.now)
    try:
        invoice_id = issue_interim(
            contract_id=life.key, customer_id=life.tenant.customer_id, actor="ana", now=life.now
        )
    except Refusal as no:
        life.tell("no interim", repr(no))
        return
    life.newest = None
    life.tell("interim", invoices.get(invoice_id).total_minor)
    if life.dice.randrange(2):
        pay(life.tenant, invoice_id, now=life.now)
        life.tell("interim paid")


def renew(life: Life) -> None:
    life.now = life.tenant.contract.cycle_end
    renew_due(now=life.now - timedelta(seconds=1))
    said = project_invoice(contract_id=life.key)
    life.about_to_renew()
    renew_due(now=life.now)
    life.newest = None
    number = life.tenant.contract.cycle_number
    found = comes_as_said(life, number, said)
    contract = life.contract
    opened = meters.cycles(life.key)
    ended = [cycle_of(contract, n, opened) for n in range(number)]
    for n, cycle in enumerate(ended):
        of = invoices.fees_billed(life.key, cycles=[cycle])
        rest = sum(one.amount.minor for one in fees.owed(contract, cycle)) - sum(of.values())
        asked = 0 if found is None else found.total_minor  # those before were asked for before all was known
        assert rest <= 0 or not (life.repaired or n >= number - 2), (n, rest)
        assert rest == 0 or not life.repaired or asked <= 2 * ROUNDED, (n, rest, asked)


def comes_as_said(life: Life, number: int, said: Projection) -> Invoice | None:
    """The invoice of the end of a cycle has the lines that were shown just before; none where there were none."""
    found = Invoice.objects.filter(contract_id=life.key, key=f"cycle:{number}").first()
    assert (found is None) == (not said.lines)
    lines = (
        []
        if found is None
        else [
            (one.kind, one.name, one.quantity, one.amount_minor, one.period_start, one.period_end)
            for one in found.lines.order_by("position")
        ]
    )
    projected = [
        (one.kind.value, one.name, one.quantity, one.amount.minor, one.period.start, one.period.end)
        for one in said.lines
    ]
    life.tell("renewed", found and (found.total_minor, found.state), [one[:4] for one in lines])
    assert sorted(lines) == sorted(projected), set(projected) ^ set(lines)
    return found


def decide(life: Life, found: Invoice) -> None:
    """End the dispute of an invoice one way or the other."""
    won = bool(life.dice.randrange(2))
    ended = end_dispute(invoice_id=found.id, won=won, why="x", actor="olga", moment=moment(life.now))
    life.tell("dispute", found.title, "won" if won else "lost", ended.amount.minor)
    if not won and ended.of_payment is not None:
        life.lost += ended.amount.minor


def give_back(life: Life) -> None:
    taken = sum(life.gateway.book.values())
    try:
        shown = preview_regret(contract_id=life.key, now=life.now)
        done = regret(
            contract_id=life.key,
            customer_id=life.tenant.customer_id,
            actor="ana",
            moment=moment(life.now),
        )
    except Refusal as no:
        life.tell("no regret", repr(no))
        return
    life.tell("regret", done.amount.minor)
    assert shown.amount == done.amount
    life.gateway.refund_says = life.dice.choice([RefundOutcome.DONE, RefundOutcome.REFUSED])
    if life.dice.randrange(2):
        ask_gateways(real=clock.now())
    for found in Invoice.objects.filter(contract_id=life.key, state=State.DISPUTED.value):
        decide(life, found)
    ask_gateways(real=clock.now())
    life.gateway.refund_says = RefundOutcome.DONE
    kept = sum(_after_all(life, one) for one in refunds.unpaid(life.tenant.customer_id))
    ask_gateways(real=clock.now())
    every = refunds.of_invoices(Invoice.objects.filter(contract_id=life.key).values_list("id", flat=True))
    gone = sum(one.amount.minor for one in every if one.state in (RefundState.DONE, RefundState.PAID_OUT))
    assert gone + kept >= done.amount.minor
    left = credit.balance(life.key)  # came without a card, or a bank gave some of its payment back
    assert gone + left == taken + life.received - life.lost
    assert left == 0 or life.received or life.lost or kept
    assert not any(one.owed_minor for one in Invoice.objects.filter(contract_id=life.key, state="pending"))
    life.checked()


def _after_all(life: Life, failed: RefundInfo) -> int:
    """What becomes of a refund that failed. Returns what of it stays credit."""
    said: dict[str, Any] = {"refund_id": failed.id, "actor": "olga"}
    what = life.dice.randrange(3)
    life.tell("failed refund", failed.amount.minor, what)
    if what == 0:
        ask_again(**said, moment=moment(life.now))
    elif what == 1:
        pay_out(**said, way=Way.TRANSFER, reference="E2E-9", why="x", now=life.now)
    else:
        keep_as_credit(**said, why="x", now=life.now)
        return failed.amount.minor
    return 0
