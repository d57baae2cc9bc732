"""Files that nobody carries on: one that is not downloaded by the next bank day, or whose orders no return answers (PAY-4). The
seller's people who handle money are told once of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.domain.payments.files import bank_files, bank_orders
from abono.domain.payments.files.bank_files import FileInfo
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.settings import queries as settings
from abono.domain.settings.bank_files import RETURN_WITHIN
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.flows.tell import tell_staff
from abono.kernel.bank_days import bank_days_after
from abono.kernel.periods import local_date
from abono.platform import agenda
from abono.platform.queue import Lane
from abono.platform.use_case import use_case

WATCH = agenda.Kind("watch_bank_file", Lane.UPKEEP, real=True)  # key: what is looked for
FETCHED, ANSWERED = "fetched", "answered"
FETCHED_WITHIN = 1  # bank days


def watch(file_id: UUID, *, real: datetime) -> None:
    """From now on somebody looks whether it goes to its bank, and whether that answers."""
    days = {FETCHED: FETCHED_WITHIN, ANSWERED: settings.value(RETURN_WITHIN, at=real)}
    today = local_date(real, settings.value(SELLER_TIME_ZONE, at=real))
    for key, count in days.items():
        due_at = real + (bank_days_after(today, count) - today)
        agenda.note(WATCH, subject=file_id, key=key, due_at=due_at, now=real)


@use_case
def fetch(*, file_id: UUID, carries: bool, actor: str, real: datetime) -> tuple[FileInfo, bytes]:
    """A file to be downloaded, as it went or came. By who `carries` files, a remittance counts as taken to its bank from then on; others
    only look. Raises NoSuchBankFile."""
    content = bank_files.content(file_id)
    if carries and bank_files.note_fetched(file_id, actor=actor, real=real):
        agenda.withdraw(WATCH, subject=file_id, key=FETCHED)
    return bank_files.get(file_id), content


@use_case
def look_at_file(*, file_id: UUID, key: str, real: datetime) -> None:
    """Its day has come: the seller's people are told if it is still here, or without an answer."""
    file = bank_files.get(file_id)
    if key == FETCHED:
        if file.fetched_at is None:
            _tell(file, "not_fetched", real=real)
    elif waits := bank_orders.unanswered(file_id):
        _tell(file, "not_answered", {"orders": waits}, real=real)


def tell_given_up(file_id: UUID, slip: RequestInfo, *, real: datetime) -> None:
    """A bank does not write a slip off, however often it is asked."""
    _tell(bank_files.get(file_id), "not_written_off", {"slip": slip.reference}, real=real)


def _tell(file: FileInfo, what: str, more: Mapping[str, object] | None = None, *, real: datetime) -> None:
    facts = {"what": what, "file": file.name, "file_number": file.number, "file_id": file.id, **(more or {})}
    tell_staff(
        people=staff.colleagues(who_may=Act.MONEY),
        kind="bank_file_waits",
        key=" ".join(map(str, (file.id, what, facts.get("slip", "")))).strip(),
        facts=facts,
        now=real,
    )
