"""An Administrator says by which means their organization pays what is issued from then on (PAY-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.payments.errors import MeansNotOffered, NoCard
from abono.domain.payments.pushed import means as choices
from abono.domain.payments.pushed.means import Choice
from abono.domain.payments.queries import card_in_use
from abono.flows import locks
from abono.flows.billing.offered import offers
from abono.kernel.due import Means
from abono.kernel.periods import local_date


def choose_means(*, contract_id: UUID, customer_id: UUID, means: Means, actor: str, now: datetime) -> Choice:
    """From today on; a slip that is not possible yet, from the day from which it is: until then nothing changes (PAY-2).

    Raises NoSuchContract, MeansNotOffered, NoCard.
    """
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        today = local_date(now, contract.customer.time_zone)
        from_date = today
        if means is Means.CARD:
            if card_in_use(customer_id) is None:
                raise NoCard()
        else:
            offer = next((one for one in offers(contract_id, now=now) if one.means is means), None)
            if offer is None or (offer.possible_from is None and contract.adhesion_date is None):
                raise MeansNotOffered()
            from_date = offer.possible_from or today
        holds, ahead = choices.chosen(customer_id, today)
        wanted = Choice(means, from_date)
        if wanted != (ahead or Choice(holds, today)):
            choices.choose(
                customer_id=customer_id,
                contract_id=contract_id,
                means=means,
                from_date=from_date,
                actor=actor,
                now=now,
            )
        return wanted
