"""What can be asked of a second person: each act by its name, with what it takes to carry it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from abono.domain.approvals.errors import AskedOtherwise
from abono.domain.contracts.states import Arranged
from abono.domain.customers import queries as customers
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import LineCredit
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Because, Way
from abono.flows import locks
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.arrangements.arrange import Asked, Looked, arrange, end, preview_arranged, preview_end
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.endings.dispute import end_dispute
from abono.flows.one_off.issue import issue_one_off
from abono.flows.price_moves.apply import Kind, apply_move
from abono.flows.refunds.give_back import Back, give_back
from abono.flows.standing.record import record_payment
from abono.flows.standing.write_off import write_off
from abono.flows.statements.match import pay
from abono.flows.versions.kind import VERSIONS
from abono.kernel.ids import public

CREDIT_NOTE, ONE_OFF, WRITE_OFF, ARRANGEMENT = "credit_note", "one_off", "write_off", "arrangement"
REFUND, RECEIPT = "refund", "receipt"


@dataclass(frozen=True, slots=True)
class Approvable:
    """An act that can wait.

    needs   what somebody must be allowed to do, beside approving, to be the second person for it
    do      carries it out, as whoever asked: arguments, actor, real time -> public id of what came of it. It raises a
            refusal where it is no longer possible
    """

    needs: Act
    do: Callable[[Mapping[str, Any], str, datetime], str]


def _credit_note(told: Mapping[str, Any], actor: str, real: datetime) -> str:
    invoice = invoices.get(UUID(told["invoice_id"]))
    note = issue_credit_note(
        invoice_id=invoice.id,
        lines=[LineCredit(position, minor) for position, minor in told["lines"]],
        why=told["why"],
        note_id=UUID(told["note_id"]),
        approved=True,
        back=Back(Because(told["back"]), real) if told.get("back") else None,
        actor=actor,
        now=customers.moment_of(invoice.customer_id, real=real).now,
    )
    return note.public_id


def _refund(told: Mapping[str, Any], actor: str, real: datetime) -> str:
    """As much of the same payments as was asked for."""
    invoice = invoices.get(UUID(told["invoice_id"]))
    first, *_others = give_back(
        invoice_id=invoice.id,
        amount_minor=told["amount_minor"],
        because=Because(told["because"]),
        why=told["why"],
        to=told["to"],
        refund_id=UUID(told["refund_id"]),
        approved=True,
        actor=actor,
        moment=customers.moment_of(invoice.customer_id, real=real),
    )
    return first.public_id


def _one_off(told: Mapping[str, Any], actor: str, real: datetime) -> str:
    invoice = invoices.get(UUID(told["invoice_id"]))
    return issue_one_off(
        invoice_id=invoice.id,
        accepted=told["accepted"],
        why=told["why"],
        approved=True,
        actor=actor,
        now=customers.moment_of(invoice.customer_id, real=real).now,
    ).public_id


def _price_move(kind: Kind[Any, Any], told: Mapping[str, Any], actor: str, real: datetime) -> str:
    move_id = UUID(told[f"{kind.noun}_id"])
    apply_move(kind, move_id, approved=True, actor=actor, now=real)
    return str(kind.get(move_id).public_id)


def _write_off(told: Mapping[str, Any], actor: str, real: datetime) -> str:
    """Of what nobody disputes, or of what its dispute is lost of: whichever was asked for, and no more and no less than was left
    of it then."""
    with locks.invoice(UUID(told["invoice_id"])) as (_contract, invoice):
        if invoice.rest_minor != told["rest_minor"]:
            raise AskedOtherwise()
        moment = customers.moment_of(invoice.customer_id, real=real)
        said = {"invoice_id": invoice.id, "why": told["why"], "actor": actor, "approved": True}
        if told["dispute"]:
            end_dispute(won=False, moment=moment, **said)
        else:
            write_off(now=moment.now, **said)
        return invoice.public_id


def _receipt(told: Mapping[str, Any], actor: str, real: datetime) -> str:
    """As if it were recorded now, by hand or of a movement of a bank statement: what the invoice does not owe any more becomes credit."""
    invoice = invoices.get(UUID(told["invoice_id"]))
    moment = customers.moment_of(invoice.customer_id, real=real)
    if "movement_id" in told:
        movement_id = UUID(told["movement_id"])
        done = pay(movement_id=movement_id, invoice_id=invoice.id, approved=True, actor=actor, moment=moment)
        assert done.receipt_id is not None  # it pays by one
        return public("rcp", done.receipt_id)
    return record_payment(
        invoice_id=invoice.id,
        came=came_of(told["came"]),
        receipt_id=UUID(told["receipt_id"]),
        approved=True,
        actor=actor,
        now=moment.now,
    ).public_id


def told_came(came: Came) -> dict[str, Any]:
    """What was recorded by hand, as JSON keeps it."""
    return {
        "way": came.way.value,
        "amount_minor": came.amount_minor,
        "received_date": came.received_date.isoformat(),
        "reference": came.reference,
        "why": came.why,
    }


def came_of(told: Mapping[str, Any]) -> Came:
    """As `told_came` wrote it down."""
    day = date.fromisoformat(told["received_date"])
    return Came(**{**told, "way": Way(told["way"]), "received_date": day})


def _arrangement(told: Mapping[str, Any], actor: str, real: datetime) -> str:
    """One that is arranged, or, where it has an id already, one that ends: of the plan or package of which it was asked for, and
    for as much a month."""
    said: dict[str, Any] = {"contract_id": UUID(told["contract_id"]), "now": real}
    look: Callable[..., Looked]
    do: Callable[..., UUID]
    if "arrangement_id" in told:
        last = date.fromisoformat(told["last"])
        said |= {"arrangement_id": UUID(told["arrangement_id"]), "last": last, "why": told["why"]}
        look, do = preview_end, end
    else:
        said["asked"] = _asked(told["asked"])
        look, do = preview_arranged, arrange
    with locks.contract(said["contract_id"]):
        now = looked_at(look(**said))
        if now != {name: told[name] for name in now}:
            raise AskedOtherwise()
        return public("arr", do(**said, actor=actor, approved=True))


def looked_at(looked: Looked) -> dict[str, Any]:
    """What of a look the second person agrees to, as JSON keeps it."""
    return {"of": looked.of, "a_month_minor": looked.a_month.minor}


def _asked(told: Mapping[str, Any]) -> Asked:
    """As `told_of` wrote it down."""
    until = told["until"]
    return Asked(
        **{
            **told,
            "kind": Arranged(told["kind"]),
            "since": date.fromisoformat(told["since"]),
            "until": None if until is None else date.fromisoformat(until),
            "named": UUID(told["named"]),
        }
    )


def told_of(asked: Asked, named: UUID) -> dict[str, Any]:
    """What is to be arranged, as JSON keeps it: by that name, so that it is arranged once."""
    return {
        **asdict(asked),
        "kind": asked.kind.value,
        "since": asked.since.isoformat(),
        "until": None if asked.until is None else asked.until.isoformat(),
        "named": str(named),
    }


ACTS: Mapping[str, Approvable] = {
    CREDIT_NOTE: Approvable(Act.CORRECT, _credit_note),
    ONE_OFF: Approvable(Act.CORRECT, _one_off),
    **{kind.act: Approvable(Act.VERSIONS, partial(_price_move, kind)) for kind in (VERSIONS, ADJUSTMENTS)},
    WRITE_OFF: Approvable(Act.CORRECT, _write_off),
    ARRANGEMENT: Approvable(Act.CORRECT, _arrangement),
    REFUND: Approvable(Act.CORRECT, _refund),
    RECEIPT: Approvable(Act.CORRECT, _receipt),
}
