"""Remittances that are written by themselves, on bank days at the time that the seller set for an account (PAY-4).

The agenda has one entry for each such account, whose work also writes the next one: so of two machines one does it, and runs that
were missed come to one file. The sweep looks once a minute whether the entries are those that the setting asks for.
"""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from abono.domain.payments import registry
from abono.domain.payments.errors import NothingToAsk
from abono.domain.settings import queries as settings
from abono.domain.settings.bank_files import REMITTANCES_AT
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.flows.bank_files.remit import remit, to_ask
from abono.kernel.bank_days import bank_day, bank_days_after, is_bank_day
from abono.kernel.periods import local_date, local_moment
from abono.platform import agenda
from abono.platform.queue import Lane
from abono.platform.use_case import use_case

WRITE = agenda.Kind("write_remittance", Lane.GATEWAYS, real=True)  # key: the account
NOBODY = UUID(int=0)  # accounts have names, no ids


def next_at(account: str, *, real: datetime) -> datetime | None:
    """When an account's next file is written by itself, after now; None where that is not set."""
    hour = settings.value(REMITTANCES_AT, at=real).get(account)
    if hour is None:
        return None
    zone, at = settings.value(SELLER_TIME_ZONE, at=real), time.fromisoformat(hour)
    today = local_date(real, zone)
    first = local_moment(bank_day(today), at, zone)
    return first if first > real else local_moment(bank_days_after(today, 1), at, zone)


@use_case
def keep_schedule(*, real: datetime) -> int:
    """Let the agenda have what the setting asks for. Returns how many accounts are written for by themselves. What is due, or
    was tried, stays as it is: it is worked off."""
    count = 0
    for account in registry.bank_accounts():
        wanted, found = next_at(account, real=real), agenda.find(WRITE.name, subject=NOBODY, key=account)
        if wanted is None:
            if found is not None:
                agenda.withdraw(WRITE, subject=NOBODY, key=account)
            continue
        count += 1
        waits = found is not None and not found.tries and found.due_at is not None and found.due_at > real
        if found is None or (waits and found.due_at != wanted):
            agenda.note(WRITE, subject=NOBODY, key=account, due_at=wanted, now=real)
    return count


@use_case
def write_due(*, account: str, real: datetime) -> None:
    """The file of a bank day; none where there is nothing to ask, and none on other days, where a run was missed: the next one
    says all of it. Raises BankTakesNoFile."""
    following = next_at(account, real=real)
    if following is None:
        return
    if is_bank_day(local_date(real, settings.value(SELLER_TIME_ZONE, at=real))):
        try:
            with transaction.atomic():
                remit(gateway=account, actor="system", real=real)
        except NothingToAsk:
            pass
        else:
            following = real if to_ask(account) else following  # more than a file holds
    agenda.note(WRITE, subject=NOBODY, key=account, due_at=following, now=real)
