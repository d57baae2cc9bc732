"""Files of banks on which nothing works any more, because it failed too often: none is written for an account, or the lines of a
return are not applied (PAY-4). The seller's people who handle money are told once of each."""

from __future__ import annotations

from datetime import datetime

from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.domain.notices import queries as notices
from abono.domain.payments.files import bank_files
from abono.domain.payments.files.bank_files import APPLY
from abono.flows.bank_files.daily import WRITE
from abono.flows.tell import tell_staff
from abono.platform import agenda
from abono.platform.agenda import Entry
from abono.platform.use_case import use_case

TOLD = "bank_file_given_up"


def given_up(account: str) -> str:
    """Why no file is written for it by itself any more, until somebody lets it be tried again (`abono parked`); empty where
    it goes on."""
    return next((why for entry, _since, why in agenda.parked(WRITE) if entry.key == account), "")


@use_case
def tell_of_parked(*, real: datetime) -> int:
    """Returns of how much they were told now."""
    found = [
        (f"{entry.key} {entry.subject} {since.isoformat()}", {**_facts(entry), "why": why})
        for kind in (WRITE, APPLY)
        for entry, since, why in agenda.parked(kind)
    ]
    new = [one for one in found if not notices.was_told(customer_id=None, kind=TOLD, key=one[0])]
    people = staff.colleagues(who_may=Act.MONEY) if new else []
    for key, facts in new:
        tell_staff(people=people, kind=TOLD, key=key, facts=facts, now=real)
    return len(new)


def _facts(entry: Entry) -> dict[str, object]:
    if entry.kind == WRITE.name:
        return {"what": "not_written", "account": entry.key}
    file = bank_files.get(entry.subject)
    return {"what": "not_applied", "account": file.gateway, "file": file.name, "file_id": file.id}
