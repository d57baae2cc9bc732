"""Ask a second person for an act: nothing is done yet, and those who may decide are told (ACC-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from abono.domain.approvals import actions as approvals
from abono.domain.approvals import queries
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.contracts import arrangements
from abono.domain.contracts import queries as contracts
from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.domain.identity.staff import Colleague
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import DraftChanged
from abono.domain.invoicing.types import LineCredit
from abono.domain.payments.states import Because
from abono.domain.payments.types import Refundable
from abono.flows.approvals.acts import (
    ACTS,
    ARRANGEMENT,
    CREDIT_NOTE,
    ONE_OFF,
    REFUND,
    WRITE_OFF,
    looked_at,
    told_of,
)
from abono.flows.arrangements.arrange import Asked, Looked, preview_arranged, preview_end
from abono.flows.corrections.credit_note import preview_credit_note
from abono.flows.one_off.draft import find_draft, seen
from abono.flows.price_moves.apply import Kind
from abono.flows.price_moves.effects import moved_by
from abono.flows.refunds.give_back import preview_refund
from abono.flows.tell import tell_staff
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.platform.idempotency import Ask
from abono.platform.use_case import use_case


def deciders(approval: ApprovalDetail) -> list[Colleague]:
    """Who may decide it: their roles let them approve and do it themselves, and they did not ask."""
    return [
        one
        for one in staff.colleagues(who_may=Act.APPROVE)
        if ACTS[approval.act].needs in one.acts and not approval.asked_by_person(one.actor)
    ]


@use_case
def ask_credit_note(
    *,
    invoice_id: UUID,
    lines: Sequence[LineCredit],
    why: str,
    actor: str,
    behind: str = "",
    now: datetime,
    note_id: UUID | None = None,
    back: Because | None = None,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `issue_credit_note`, once somebody else has agreed. Raises what it raises, as things stand.

    now   real time
    """
    if (before := asked_before(ask)) is not None:
        return before
    preview = preview_credit_note(invoice_id=invoice_id, lines=lines)
    note = note_id or uuid7()
    return ask_act(
        CREDIT_NOTE,
        key=str(note),
        arguments={
            "invoice_id": str(invoice_id),
            "lines": [[one.position, one.amount_minor] for one in lines],
            "why": why,
            "note_id": str(note),
            **({} if back is None else {"back": back.value}),
        },
        facts={
            "invoice": preview.invoice.title,
            "number": preview.invoice.contract_number,
            **({} if back is None else goes_back(preview.back, back)),
        },
        amounts=[Money(preview.total_minor, preview.invoice.currency)],
        customer_id=preview.invoice.customer_id,
        why=why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )


@use_case
def ask_refund(
    *,
    invoice_id: UUID,
    amount_minor: int | None,
    because: Because,
    why: str,
    actor: str,
    behind: str = "",
    now: datetime,
    refund_id: UUID | None = None,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `give_back`, once somebody else has agreed to exactly so much of these payments. Raises what it raises, as things stand.

    now   real time
    """
    if (before := asked_before(ask)) is not None:
        return before
    seen = preview_refund(invoice_id=invoice_id, amount_minor=amount_minor)
    refund = refund_id or uuid7()
    return ask_act(
        REFUND,
        key=str(refund),
        arguments={
            "invoice_id": str(invoice_id),
            "amount_minor": seen.amount.minor,
            "because": because.value,
            "why": why,
            "to": seen.to,
            "refund_id": str(refund),
        },
        facts={
            "invoice": seen.invoice.title,
            "number": seen.invoice.contract_number,
            **goes_back(seen.parts, because),
        },
        amounts=[seen.amount],
        customer_id=seen.invoice.customer_id,
        why=why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )


def goes_back(parts: Sequence[Refundable], because: Because) -> dict[str, object]:
    """How much goes where and why, as whoever decides reads it."""
    to = [
        {"card": one.card, "came": one.came.value if one.came else "", "amount_minor": one.amount.minor}
        for one in parts
    ]
    return {"because": because.value, "to": to}


@use_case
def ask_one_off(
    *,
    invoice_id: UUID,
    accepted: str,
    why: str,
    actor: str,
    behind: str = "",
    now: datetime,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `issue_one_off`, once somebody else has agreed to exactly this draft. Raises NoSuchInvoice, NoSuchDraft, DraftChanged.

    now   real time
    """
    if (before := asked_before(ask)) is not None:
        return before
    found = find_draft(invoice_id)
    if seen(found) != accepted:
        raise DraftChanged()
    return ask_act(
        ONE_OFF,
        key=f"{invoice_id}:{accepted}",
        arguments={"invoice_id": str(invoice_id), "accepted": accepted, "why": why},
        facts={"number": found.contract_number},
        amounts=[Money(found.total_minor, found.currency)],
        customer_id=found.customer_id,
        why=why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )


@use_case
def ask_price_move(
    kind: Kind[Any, Any],
    move_id: UUID,
    *,
    why: str = "",
    actor: str,
    behind: str = "",
    now: datetime,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `apply_move`, once somebody else has agreed. Raises that there is no such preview."""
    one, lines = kind.get(move_id), kind.lines(move_id)
    return ask_act(
        kind.act,
        key=str(move_id),
        arguments={f"{kind.noun}_id": str(move_id)},
        facts={kind.noun: one.public_id, "contracts": len(lines)},
        amounts=moved_by(lines),
        customer_id=None,
        why=why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )


@use_case
def ask_write_off(
    *,
    invoice_id: UUID,
    dispute: bool,
    why: str,
    actor: str,
    behind: str = "",
    now: datetime,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `write_off`, or as `end_dispute` where that is lost, once somebody else has agreed to exactly what is left of it. Raises
    NoSuchInvoice.

    now   real time
    """
    invoice = invoices.get(invoice_id)
    rest = Money(invoice.rest_minor, invoice.currency)
    return ask_act(
        WRITE_OFF,
        key=f"{invoice_id}:{'dispute' if dispute else 'owed'}:{rest.minor}",
        arguments={
            "invoice_id": str(invoice_id),
            "dispute": dispute,
            "why": why,
            "rest_minor": rest.minor,
        },
        facts={"invoice": invoice.title, "number": invoice.contract_number},
        amounts=[rest],
        customer_id=invoice.customer_id,
        why=why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )


@use_case
def ask_arrangement(
    *,
    contract_id: UUID,
    asked: Asked,
    actor: str,
    behind: str = "",
    now: datetime,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `arrange`, once somebody else has agreed. Raises what it raises, as things stand.

    now   real time
    """
    if (before := asked_before(ask)) is not None:
        return before
    looked = preview_arranged(contract_id=contract_id, asked=asked, now=now)
    named = asked.named or uuid7()
    told = told_of(asked, named)
    shown = ("kind", "name", "quantity", "price_micro", "since", "until", "once")
    return _ask_arrangement(
        contract_id,
        looked,
        key=str(named),
        arguments={"asked": told},
        facts={one: told[one] for one in shown},
        why=asked.why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )


@use_case
def ask_arrangement_end(
    *,
    contract_id: UUID,
    arrangement_id: UUID,
    last: date,
    why: str,
    actor: str,
    behind: str = "",
    now: datetime,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `end` of an arrangement, once somebody else has agreed. Raises what it raises, as things stand.

    now   real time
    """
    if (before := asked_before(ask)) is not None:
        return before
    looked = preview_end(contract_id=contract_id, arrangement_id=arrangement_id, last=last, why=why, now=now)
    one = arrangements.info(arrangement_id)
    return _ask_arrangement(
        contract_id,
        looked,
        key=f"{arrangement_id}:{last.isoformat()}",
        arguments={"arrangement_id": str(arrangement_id), "last": last.isoformat(), "why": why},
        facts={
            "kind": one.kind.value,
            "name": one.of,
            "quantity": one.quantity,
            "price_micro": one.price_micro,
            "last": last.isoformat(),
        },
        why=why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )


def _ask_arrangement(
    contract_id: UUID, looked: Looked, *, arguments: dict[str, Any], facts: dict[str, Any], **told: Any
) -> ApprovalDetail:
    contract = contracts.get(contract_id)
    return ask_act(
        ARRANGEMENT,
        arguments={"contract_id": str(contract_id), **arguments, **looked_at(looked)},
        facts={"number": contract.number, **facts},
        amounts=[max(looked.a_month, -looked.a_month)],
        customer_id=contract.customer_id,
        **told,
    )


def asked_before(ask: Ask | None) -> ApprovalDetail | None:
    """What an earlier run of the same call asked for, whatever became of it meanwhile (API-2)."""
    return queries.get(UUID(ask.led_to["approval"])) if ask is not None and "approval" in ask.led_to else None


def ask_act(act: str, *, ask: Ask | None, now: datetime, **told: Any) -> ApprovalDetail:
    if (before := asked_before(ask)) is not None:
        return before
    approval_id, new = approvals.ask(act=act, now=now, **told)
    found = queries.get(approval_id)
    if ask is not None:
        ask.note(approval=str(approval_id))
    if new:
        tell_staff(
            people=deciders(found),
            kind="approval_asked",
            key=str(approval_id),
            facts=facts_of(found),
            now=now,
        )
    return found


def facts_of(approval: ApprovalDetail) -> Mapping[str, object]:
    """As notices tell of it."""
    [first, *more] = approval.amounts
    all_of_them = {"totals": {one.currency: one.minor for one in approval.amounts}} if more else {}
    return {
        "approval_id": str(approval.id),
        "act": approval.act,
        "total_minor": first.minor,
        "currency": first.currency,
        **all_of_them,
        "why": approval.why,
        **approval.facts,
    }
