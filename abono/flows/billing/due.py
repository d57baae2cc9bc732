"""The day on which an invoice is due, in its customer's days, by the means that pays it (INV-6)."""

from __future__ import annotations

from datetime import date, datetime

from abono.domain.contracts.models import Contract
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CARD_DUE_AFTER, PIX_DUE_AFTER, SLIP_DUE_AFTER
from abono.domain.settings.types import Whose
from abono.kernel.due import Means, due_date
from abono.kernel.periods import local_date

_AFTER = {Means.CARD: CARD_DUE_AFTER, Means.PIX: PIX_DUE_AFTER, Means.SLIP: SLIP_DUE_AFTER}


def due_on(contract: Contract, *, means: Means = Means.CARD, now: datetime) -> date:
    """Of what is issued now and collected afterwards; what has to be paid before something happens is due on its issue."""
    whose = Whose(contract.plan.code, contract.id)
    after = settings.value(_AFTER[means], whose=whose, at=now)
    return due_date(local_date(now, contract.customer.time_zone), means, after=after)
