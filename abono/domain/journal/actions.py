"""Write the journal. Callers hold what the fact is of, and write the fact itself in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID

from abono.domain.journal import queries
from abono.domain.journal.rules import reversal
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.kernel.ids import uuid7_texts
from abono.kernel.periods import local_date
from abono.platform import use_case
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import columns

type _Row = tuple[str | None, ...]
_POST = """SELECT journal_post_v2(
    %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::date[],
    %s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[])"""


def post(*entries: NewEntry, now: datetime) -> None:
    """Post facts, all of a transaction in one statement: the one way into the journal (PAY-13).

    A fact that is posted already stays as it is. What does not sum to zero is refused by the database: a bug of a rule.
    """
    day = local_date(now, settings.snapshot().value(SELLER_TIME_ZONE, at=now)).isoformat()
    those = [entry for entry in entries if entry.postings]
    made_at = now.isoformat()
    rows = [
        _row(entry_id, entry, made_at, day)
        for entry_id, entry in zip(uuid7_texts(len(those)), those, strict=True)
    ]
    use_case.gather(_write, *rows)


def _write(rows: Sequence[tuple[_Row, Sequence[_Row]]]) -> None:
    with beside() as cursor:
        cursor.execute(
            _POST,
            [
                *columns(entry for entry, _postings in rows),
                *columns(chain.from_iterable(those for _, those in rows)),
            ],
        )


def take_back(undone: Fact, reference: UUID, *, by: Fact, invoice_id: UUID | None, now: datetime) -> None:
    """Post the opposite of what a fact posted, as another fact of the same thing; nothing where that posted nothing."""
    post(NewEntry(by, reference, invoice_id, reversal(queries.postings(undone, reference))), now=now)


def _row(entry_id: str, entry: NewEntry, made_at: str, day: str) -> tuple[_Row, Sequence[_Row]]:
    """An entry, and its postings."""
    return (
        entry_id,
        entry.fact.value,
        entry.reference.hex,
        None if entry.invoice_id is None else entry.invoice_id.hex,
        made_at,
        day,
    ), [
        (entry_id, one.account.value, one.detail, one.currency, str(one.amount_minor))
        for one in entry.postings
    ]
