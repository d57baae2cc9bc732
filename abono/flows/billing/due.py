"""The day on which an invoice is due, in its customer's days, by the means that pays it (INV-6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CARD_DUE_AFTER, PIX_DUE_AFTER, SLIP_DUE_AFTER
from abono.domain.settings.types import Whose
from abono.kernel.bank_days import bank_day
from abono.kernel.due import Means, due_date
from abono.kernel.periods import local_date

ANNOUNCED = (3, 6)
"""Days ahead for which a charge under a mandate is announced, before its day moves to one on which banks work: its rules allow two
to ten, by the days of the payer's bank."""
_AFTER = {Means.CARD: CARD_DUE_AFTER, Means.PIX: PIX_DUE_AFTER, Means.SLIP: SLIP_DUE_AFTER}


def due_on(contract: Contract, *, means: Means = Means.CARD, now: datetime) -> date:
    """Of what is issued now and collected afterwards; what has to be paid before something happens is due on its issue."""
    whose = Whose(contract.plan.code, contract.id)
    after = settings.value(_AFTER[means], whose=whose, at=now)
    return due_date(local_date(now, contract.customer.time_zone), means, after=after)


def charged_on(contract: Contract, *, now: datetime) -> date:
    """The day on which what is issued now is charged under a mandate: when a Pix would be due, as far as its announcement allows."""
    after = settings.value(PIX_DUE_AFTER, whose=Whose(contract.plan.code, contract.id), at=now)
    soonest, latest = ANNOUNCED
    today = local_date(now, contract.customer.time_zone)
    return bank_day(today + timedelta(days=min(max(after, soonest), latest)))
