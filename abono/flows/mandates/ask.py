"""Ask a payer to agree to be charged by Pix, hear what they say, and end it (PAY-11). The supplier is called between two
transactions, never inside one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.customers import queries as customers
from abono.domain.payments import waiting
from abono.domain.payments.errors import MandateNotOffered
from abono.domain.payments.ports.mandates import MandateReply, MandateStanding
from abono.domain.payments.pushed import agreed, requests
from abono.domain.payments.pushed import means as choices
from abono.domain.payments.pushed.agreed import Asking, MandateInfo
from abono.domain.payments.registry import mandate_gateway, serves
from abono.domain.payments.states import MandateState
from abono.flows import locks
from abono.flows.billing.invoices import buyer_of
from abono.flows.billing.offered import offered_to
from abono.flows.requests.payer import payer_now
from abono.flows.tell import tell
from abono.kernel.due import Means
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import local_date

LEAST_MINOR, MOST_MINOR = 1_00, 100_000_000_00
"""Between which the limit of a mandate lies, in centavos."""
_ENDED = """
SELECT m.id FROM payments_mandate m JOIN contracts_contract c ON c.id = m.contract_id
 WHERE m.state IN ('created', 'asked', 'agreed') AND m.cancelled_at IS NULL AND c.state = 'ended'
 ORDER BY m.id LIMIT 500
"""
_TOLD = {
    MandateState.ASKED: "mandate_asked",
    MandateState.AGREED: "mandate_agreed",
    MandateState.REFUSED: "mandate_refused",
    MandateState.ENDED: "mandate_ended",
}


def offers_mandate(country: str, currency: str, state: State) -> bool:
    """Whether a contract's renewals can be paid by Pix that nobody has to push."""
    name = serves(Means.PIX)
    served = state not in (State.PENDING, State.ENDED)
    return served and offered_to(country, currency, Means.PIX) and mandate_gateway(name or "") is not None


def ask_for_mandate(
    *, contract_id: UUID, customer_id: UUID, most_minor: int, actor: str, moment: Moment
) -> MandateInfo:
    """A mandate for the renewals of a contract, none of which may be above `most_minor`: the one that is alive, where there is one.

    It may come back `created`: its supplier did not answer clearly, and is asked again by itself.
    Raises NoSuchContract, MandateNotOffered.
    """
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        mandate = agreed.alive(contract_id)
        if mandate is None:
            mandate = _begin(contract, most_minor, actor=actor, moment=moment)
    if mandate.state is MandateState.CREATED:
        with suppress(waiting.Busy):
            look_at_mandate(mandate_id=mandate.id, real=moment.real)
    return agreed.get(mandate.id)


def _begin(contract: Contract, most_minor: int, *, actor: str, moment: Moment) -> MandateInfo:
    customer = contract.customer
    if not offers_mandate(customer.country, contract.currency, State(contract.state)):
        raise MandateNotOffered()
    return agreed.begin(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        asking=Asking(
            gateway=serves(Means.PIX) or "",
            number=contract.number,
            subject=contract.plan.name,
            payer=payer_now(contract, buyer_of(customers.organization(customer))),
            most=Money(most_minor, contract.currency),
            begins=local_date(moment.now, customer.time_zone) + timedelta(days=1),
        ),
        actor=actor,
        now=moment.now,
        real=moment.real,
    )


def cancel_mandate(*, mandate_id: UUID, customer_id: UUID, actor: str, moment: Moment) -> MandateInfo:
    """Nothing is charged under it from now on; what is announced already is taken back where its bank still allows it.

    It may take until its supplier has confirmed it: it is told again by itself. Pressed twice it is the same. Raises NoSuchMandate.
    """
    mandate = agreed.get(mandate_id, customer_id=customer_id)
    with locks.contract(mandate.contract_id, customer_id=customer_id):
        agreed.cancel(mandate_id, actor=actor, now=moment.now, real=moment.real)
        requests.look_now(agreed.open_debits(mandate_id), real=moment.real)
    with suppress(waiting.Busy):
        look_at_mandate(mandate_id=mandate_id, real=moment.real)
    return agreed.get(mandate_id)


def cancel_unwanted(*, real: datetime) -> int:
    """Those of contracts that have ended. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED)
        found = [one for (one,) in cursor.fetchall()]
    for one in found:
        mandate = agreed.get(one)
        moment = customers.moment_of(mandate.customer_id, real=real)
        with locks.contract(mandate.contract_id):
            agreed.cancel(one, actor="system", now=moment.now, real=real)
    return len(found)


def look_at_mandate(*, mandate_id: UUID, real: datetime) -> None:
    """Ask its supplier how a mandate stands, and apply the answer; one that was never heard of is asked for, one that is not
    wanted any more is ended. Raises waiting.Busy."""
    mandate = agreed.get(mandate_id)
    supplier = mandate_gateway(mandate.gateway)
    if supplier is None:
        return
    asked = mandate.for_supplier()
    with waiting.CHARGES.place():
        if mandate.state is MandateState.CREATED and mandate.alive:
            reply = supplier.ask_mandate(asked)
        else:
            found = supplier.find_mandate(asked, mandate.reference or None)
            unseen = MandateStanding.UNKNOWN if mandate.alive else MandateStanding.ENDED
            reply = found or MandateReply(unseen)
            if not mandate.alive and reply.reference and reply.standing in _STANDS:
                reply = supplier.end_mandate(reply.reference)
    apply(mandate, reply, moment=customers.moment_of(mandate.customer_id, real=real))


_STANDS = (MandateStanding.ASKED, MandateStanding.AGREED)


def apply(mandate: MandateInfo, reply: MandateReply, *, moment: Moment) -> None:
    """The same answer again changes nothing."""
    with locks.contract(mandate.contract_id) as contract:
        moved = agreed.hear(mandate_id=mandate.id, reply=reply, now=moment.now, real=moment.real)
        if moved is None:
            return
        if moved.agreed:
            _pay_by_pix(contract, moved, now=moment.now)
        elif not moved.alive:
            requests.look_now(agreed.open_debits(moved.id), real=moment.real)
        if moved.alive or moved.over_at is not None:
            _tell(contract, moved, now=moment.now)


def _pay_by_pix(contract: Contract, mandate: MandateInfo, *, now: datetime) -> None:
    """Whoever agrees pays so from now on: that is what it was asked for."""
    today = local_date(now, contract.customer.time_zone)
    holds, ahead = choices.chosen(contract.customer_id, today)
    if holds is not Means.PIX or ahead is not None:
        choices.choose(
            customer_id=contract.customer_id,
            contract_id=contract.id,
            means=Means.PIX,
            from_date=today,
            actor=mandate.gateway,
            now=now,
        )


def _tell(contract: Contract, mandate: MandateInfo, *, now: datetime) -> None:
    tell(
        customer_id=mandate.customer_id,
        kind=_TOLD[mandate.state],
        key=f"{mandate.id}:{mandate.state.value}",
        facts={
            "number": contract.number,
            "most_minor": mandate.most.minor,
            "currency": mandate.most.currency,
            "begins_date": mandate.begins,
            **({"by_payer": True} if mandate.by_payer else {}),
            **({"never_agreed": True} if mandate.agreed_at is None else {}),
        },
        now=now,
    )
