"""What is left of the credit of a contract that has ended goes back (INV-9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.states import Because
from abono.flows import locks
from abono.flows.paid.by_credit import use_credit
from abono.flows.refunds.pay_back import pay_back
from abono.kernel.moment import Moment
from abono.platform import agenda
from abono.platform.queue import Lane

PAY_BACK = agenda.Kind("pay_back", Lane.BILLING)
_WAIT = timedelta(days=1)


def pay_back_at(contract: Contract, moment: datetime, *, now: datetime) -> None:
    """Have it looked at."""
    customer = contract.customer
    agenda.note(
        PAY_BACK,
        subject=contract.id,
        customer_id=customer.id,
        sandbox=customer.sandbox,
        due_at=moment,
        now=now,
    )


def pay_back_left(*, contract_id: UUID, moment: Moment) -> None:
    """To the cards that paid, and by Pix, once nothing is to come that it could pay; what no way leads back for stays credit,
    which the seller sees. A second call changes nothing."""
    with locks.contract(contract_id) as contract:
        if State(contract.state) is not State.ENDED:
            return
        if invoices.drafts_of(contract.id) or payments.undecided(invoices.unpaid_of(contract.id)):
            pay_back_at(contract, moment.now + _WAIT, now=moment.now)
            return
        use_credit(contract, actor="system", now=moment.now)
        pay_back(contract, because=Because.LEFT, actor="system", moment=moment)
