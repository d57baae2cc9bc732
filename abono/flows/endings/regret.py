"""End a contract shortly after it was made, with all that was paid for it going back (CON-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings as installed

from abono.domain.contracts import cancellations, changes
from abono.domain.contracts import queries as contract_queries
from abono.domain.contracts.errors import ContractNotRunning, RegretLate
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, ChangeState, State
from abono.domain.contracts.types import ContractInfo
from abono.domain.credit import queries as balances
from abono.domain.customers.models import Customer
from abono.domain.customers.rules import tax_id_name
from abono.domain.customers.types import Organization
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import REGRETTED
from abono.domain.metering import actions as metering
from abono.domain.payments import queries as payments
from abono.domain.payments import refunds
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.types import RefundInfo
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.states import Cause
from abono.domain.settings import queries as settings
from abono.domain.settings.known import REGRET_WITHIN
from abono.flows import locks
from abono.flows.billing.credit import give_back
from abono.flows.billing.renew import catch_up
from abono.flows.campaigns.end_all import end_campaigns
from abono.flows.endings.all_back import TOLD, credit_then, paid_then, take_all_back
from abono.flows.quotes.step_down import take_back_step_down
from abono.flows.refunds.pay_back import parts
from abono.flows.tell import tell
from abono.kernel.moment import Moment
from abono.kernel.money import Money, total
from abono.kernel.periods import day_start

BY_LAW = timedelta(days=7)
"""For persons, whatever the setting says."""
WHY = REGRETTED
"""The reason of the end and of its credit notes; pages say it in their language."""


@dataclass(frozen=True, slots=True)
class Regret:
    """What ending a contract so would do, or did: each payment goes back to its card, or by Pix.

    until   exclusive
    """

    contract_id: UUID
    until: datetime
    goes_back: tuple[tuple[str, Money], ...]
    amount: Money


def preview_regret(*, contract_id: UUID, customer_id: UUID | None = None, now: datetime) -> Regret:
    """Nothing is written. Raises NoSuchContract, ContractNotRunning, RegretLate, PaymentUnderWay."""
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        until = _check(contract, now=now)
        paid = parts(contract, credit_then(contract), paid_then=paid_then(contract))
        return _regret(contract, until, [(one.to, one.amount) for one in paid])


def regret(
    *, contract_id: UUID, customer_id: UUID | None = None, why: str = "", actor: str, moment: Moment
) -> Regret:
    """The service ends now, nothing is owed any more, and all that was paid goes back: asked of the gateways once this is
    committed, until they say how it ended. Doing it again changes nothing.

    why   what whoever works for the seller gives as the reason

    Raises as `preview_regret`.
    """
    now = moment.now
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        if _regretted(contract, why):
            return _regret(contract, _until(contract, now=contract.ended_at or now), _asked(contract))
        until = _check(contract, now=now)
        catch_up(contract, now=now)
        _give_up_changes(contract, actor=actor, now=now)
        _discard_drafts(contract, actor=actor, now=now)
        metering.close(contract_id=contract.id, at=now)
        end_campaigns(contract, actor=actor, now=now)
        cancellations.end(contract, actor=actor, reason=why or WHY, now=now)
        for cause in Cause:
            restrictions.lift(contract, cause, actor=actor, now=now)
        asked = take_all_back(contract, actor=actor, moment=moment)
        done = _regret(contract, until, [(one.to, one.amount) for one in asked])
        _tell(contract, done, now=now)
        return done


def regret_until(contract: ContractInfo, customer: Organization, *, now: datetime) -> datetime | None:
    """The first moment in which a contract in force cannot be given back any more; None where it is past already."""
    if contract.state not in RUNNING or contract.adhesion_date is None:
        return None
    until = _until_of(contract.adhesion_date, customer, contract.trial_until, now=now)
    return until if now < until else None


def _until(contract: Contract, *, now: datetime) -> datetime:
    assert contract.adhesion_date is not None
    return _until_of(contract.adhesion_date, contract.customer, contract.trial_until, now=now)


def _until_of(
    adhesion: date, customer: Organization | Customer, trial_until: datetime | None, *, now: datetime
) -> datetime:
    """Days are local ones, after that of adhesion. A trial can be given up until it ends (INV-10)."""
    within = settings.value(REGRET_WITHIN, at=now)
    if customer.country == "BR" and tax_id_name("BR", customer.tax_id) == "CPF":
        within = max(within, BY_LAW)
    after = within + timedelta(days=1) if within else timedelta(0)
    until = day_start(adhesion + after, customer.time_zone)
    return until if trial_until is None else max(until, trial_until)


def _check(contract: Contract, *, now: datetime) -> datetime:
    if State(contract.state) not in RUNNING or contract.has_run_out(now):
        raise ContractNotRunning(contract.number)
    until = _until(contract, now=now)
    if now >= until:
        raise RegretLate(str(installed.ABONO_SELLER["email"]))
    if payments.undecided([*invoices.unpaid_of(contract.id), *invoices.drafts_of(contract.id)]):
        raise PaymentUnderWay()
    return until


def _regretted(contract: Contract, why: str) -> bool:
    """Where nothing was to go back, the reason of its end tells whether it was."""
    if State(contract.state) is not State.ENDED:
        return False
    return bool(_asked(contract)) or contract_queries.moves(contract.id)[0].reason in (WHY, why)


def _give_up_changes(contract: Contract, *, actor: str, now: datetime) -> None:
    """None of those that wait for something comes to be."""
    for state, change in changes.under_way(contract.id).items():
        if state is ChangeState.SCHEDULED:
            take_back_step_down(contract, change, actor=actor, now=now)
        elif state is ChangeState.WAITING:
            changes.move(change, ChangeState.GIVEN_UP, actor=actor, now=now)
        else:
            changes.move(change, ChangeState.WITHDRAWN, actor=actor, now=now)


def _discard_drafts(contract: Contract, *, actor: str, now: datetime) -> None:
    """Also those that somebody was to look at before they are issued."""
    for invoice_id in invoices.drafts_of(contract.id):
        with locks.invoice(invoice_id) as (_contract, invoice):
            give_back(invoice, actor=actor, now=now)
    invoicing.discard(contract_id=contract.id, prefix="", now=now)


def _asked(contract: Contract) -> list[tuple[str, Money]]:
    return [(one.to, one.amount) for one in _refunds(contract)]


def _refunds(contract: Contract) -> list[RefundInfo]:
    return refunds.of_invoices(invoices.paid_of(contract.id))


def _regret(contract: Contract, until: datetime, back: list[tuple[str, Money]]) -> Regret:
    whole = total([amount for _card, amount in back], contract.currency)
    return Regret(contract.id, until, tuple(back), whole)


def _tell(contract: Contract, done: Regret, *, now: datetime) -> None:
    left = balances.balance(contract.id)  # came without a card, or its bank gave it back
    tell(
        customer_id=contract.customer_id,
        kind=TOLD,
        key=str(contract.id),
        facts={
            "number": contract.number,
            "currency": contract.currency,
            "refunded_minor": done.amount.minor,
            **({"card": ", ".join(dict(done.goes_back))} if done.goes_back else {}),
            **({"left_minor": left} if left else {}),
        },
        now=now,
    )
