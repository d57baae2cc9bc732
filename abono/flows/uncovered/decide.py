"""The seller bills sends that nothing covers, or lets them go; the customer may say no (PKG-12)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.settings import queries as settings
from abono.domain.settings.known import UNCOVERED
from abono.domain.settings.types import Whose
from abono.domain.uncovered import actions, queries
from abono.domain.uncovered.actions import Which
from abono.domain.uncovered.errors import NeverBilled
from abono.domain.uncovered.types import Decision
from abono.flows import locks
from abono.flows.tell import tell
from abono.platform import events
from abono.platform.idempotency import Ask


def decide_uncovered(
    *,
    contract_id: UUID,
    which: Which,
    bill: bool,
    typed_micro: int | None = None,
    why: str,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
) -> Decision:
    """Say of open uncovered sends that they are billed, or let go. What is billed is told to the customer at once, with
    the list, and may stand on an invoice five days later, unless it is contested.

    typed_micro   the price of each, in millionths; None: the rows in force
    why           what the customer reads
    now           on the customer's clock
    ask           the call with its key, where the door has one: the decision that it led to is its result (API-2)

    Raises NoSuchContract, NeverBilled by the setting, NothingToDecide.
    """
    if ask is not None and "decision" in ask.led_to:
        return queries.decision(contract_id=contract_id, decision_id=UUID(ask.led_to["decision"]))
    with locks.contract(contract_id) as contract:
        whose = Whose(contract.plan.code, contract.id)
        if bill and settings.value(UNCOVERED, whose=whose, at=now) == "never":
            raise NeverBilled()
        decision = actions.decide(
            contract_id=contract.id,
            which=which,
            bill=bill,
            typed_micro=typed_micro,
            why=why,
            actor=actor,
            now=now,
        )
        name = "uncovered.announced" if bill else "uncovered.let_go"
        facts = _record(contract, decision, name=name, actor=actor, now=now)
        if bill:
            tell(
                customer_id=contract.customer_id,
                kind="uncovered_billed",
                key=str(decision.id),
                facts=facts,
                now=now,
            )
        if ask is not None:
            ask.note(decision=str(decision.id))
        return decision


def contest_uncovered(
    *, contract_id: UUID, customer_id: UUID | None, decision_id: UUID, actor: str, now: datetime
) -> Decision:
    """The customer does not accept that these sends are billed: they are not. Again it changes nothing.

    customer_id   whose contract it has to be (ACC-2); None for the seller
    Raises NoSuchContract, NoSuchDecision, NotContestable.
    """
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        decision = actions.contest(contract_id=contract.id, decision_id=decision_id, actor=actor, now=now)
        if decision.contested_at == now:
            _record(contract, decision, name="uncovered.contested", actor=actor, now=now)
        return decision


def _record(
    contract: Contract, decision: Decision, *, name: str, actor: str, now: datetime
) -> dict[str, object]:
    facts: dict[str, object] = {
        "number": contract.number,
        "currency": contract.currency,
        "decision": str(decision.id),
        "sends": decision.sends,
        "total_micro": decision.total_micro,
        "typed_micro": decision.typed_micro,
        "why": decision.why,
        "bill_start": None if decision.bill_from is None else decision.bill_from.isoformat(),
    }
    events.record(
        name=name,
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        data=facts,
    )
    return facts
