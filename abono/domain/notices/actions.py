from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from abono.domain.customers.queries import PEOPLE
from abono.domain.notices import queries, wording
from abono.domain.notices.errors import NobodyWouldHear, NoSuchNotice
from abono.domain.notices.kinds import KINDS
from abono.domain.notices.models import Email, Muted, Notice
from abono.domain.notices.sending import send_due
from abono.domain.notices.types import Audience, Recipient
from abono.kernel.ids import uuid7
from abono.platform import events, queue
from abono.platform.queue import Lane
from abono.platform.use_case import forget as look_up_anew
from abono.platform.use_case import gather, late, use_case, write_gathered

__all__ = ["choose", "mark_read", "send_due", "tell"]


def tell(
    *,
    customer_id: UUID | None,
    kind: str,
    key: str,
    facts: Mapping[str, object],
    recipients: tuple[Recipient, ...],
    now: datetime,
    attachment: UUID | None = None,
) -> None:
    """Have a notice written and one e-mail per address, with the others of the caller's transaction: if that fails,
    nothing was told.

    customer_id  whom it is about; None where the seller's people are told something of no customer
    key          names the occasion: the same one is told once, whoever else tells it at the same time
    facts        what the kind needs, with units last in their names: `total_minor`, `used_micro`, `due_date`
    now          the moment on the customer's clock; mail goes out by real time, whatever a sandbox's clock says
    attachment   an invoice whose PDF goes with the mail

    Raises KeyError for an unknown kind, ValueError for facts that lack something: both are bugs of the caller.
    """
    missing = [name for name in KINDS[kind].needs if name not in facts]
    if missing:
        raise ValueError(f"a notice of kind {kind} needs {', '.join(missing)}")
    notice_id, told_at = str(uuid7()), now.isoformat()
    notice: _Row = {
        "id": notice_id,
        "customer_id": None if customer_id is None else str(customer_id),
        "kind": kind,
        "key": key,
        "facts": {name: _plain(value) for name, value in facts.items()},
        "link": wording.page(kind, facts),
        "created_at": told_at,
    }
    one_each = {recipient.email.lower(): recipient for recipient in reversed(recipients)}
    emails: list[_Row] = [
        {
            "id": str(uuid7()),
            "notice_id": notice_id,
            "to_email": recipient.email,
            "to_name": recipient.name,
            "language": recipient.language,
            "attachment": None if attachment is None else str(attachment),
            "created_at": told_at,
        }
        for recipient in reversed(one_each.values())
    ]
    gather(_write, (notice, emails))
    call_for_mail()


def call_for_mail() -> None:
    """Whoever sends it is called once in a transaction."""
    queue.defer(queue.SEND_EMAILS, lane=Lane.MAIL)


# Where the occasion has a notice already, of whoever was first, there is no other and no mail. Two statements: whoever serves
# customers may write mails of notices that they see, and nobody sees what the same statement writes (ACC-2).
WRITE_ONCE = """
INSERT INTO notices_notice (id, customer_id, kind, key, facts, link, created_at)
SELECT * FROM jsonb_to_recordset(%s) AS n(
    id uuid, customer_id uuid, kind text, key text, facts jsonb, link text, created_at timestamptz)
    ON CONFLICT DO NOTHING RETURNING id
"""
WRITE_MAILS = """
INSERT INTO notices_email (id, notice_id, to_email, to_name, language, attachment, created_at, send_at, tries, failure)
SELECT m.*, m.created_at, 0, '' FROM jsonb_to_recordset(%s) AS m(
    id uuid, notice_id uuid, to_email text, to_name text, language text, attachment uuid, created_at timestamptz)
"""
type _Row = dict[str, object]


@late
def _write(told: Sequence[tuple[_Row, list[_Row]]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE_ONCE, [json.dumps([notice for notice, _emails in told])])
        new = {str(key) for (key,) in cursor.fetchall()}
        emails = [email for notice, those in told if notice["id"] in new for email in those]
        if emails:
            cursor.execute(WRITE_MAILS, [json.dumps(emails)])


@use_case
def choose(*, customer_id: UUID, told: Mapping[str, Set[Audience]], actor: str, now: datetime) -> bool:
    """Say who is told by e-mail of the kinds in `told` (NOT-1); other kinds stay as they are.

    The caller holds the customer's lock. Returns whether that changed anything.
    Raises NoSuchNotice, and NobodyWouldHear for a kind of which nobody would be told.
    """
    before = {choice.kind: choice for choice in queries.choices(customer_id)}
    for kind, audience in told.items():
        if kind not in before or not audience <= set(before[kind].concerns):
            raise NoSuchNotice(kind[:40])
        if not audience:
            raise NobodyWouldHear(KINDS[kind].name)
    changed = {kind: audience for kind, audience in told.items() if audience != before[kind].told}
    for kind, audience in changed.items():
        of_kind = Muted.objects.filter(customer_id=customer_id, kind=kind)
        of_kind.filter(audience__in=[one.value for one in audience]).delete()
        for one in before[kind].told - audience:
            Muted.objects.create(customer_id=customer_id, kind=kind, audience=one.value, since=now)
    if changed:
        look_up_anew(PEOPLE)
        events.record(
            name="notices.chosen",
            subject=("customer", customer_id),
            customer_id=customer_id,
            actor=actor,
            now=now,
            before={kind: _words(before[kind].told) for kind in changed},
            after={kind: _words(audience) for kind, audience in changed.items()},
        )
    return bool(changed)


def _words(audience: Set[Audience]) -> list[str]:
    return sorted(one.value for one in audience)


def _plain(value: object) -> object:
    """A fact as JSON has it; days and moments as ISO 8601."""
    if isinstance(value, date):  # a moment is a date as well
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def mark_read(*, customer_id: UUID, notice_ids: Collection[UUID] | None = None, now: datetime) -> int:
    """Mark the customer's unread notices as read: those given, or all. Returns how many were unread."""
    unread = Notice.objects.filter(customer_id=customer_id, read_at=None)
    if notice_ids is not None:
        unread = unread.filter(id__in=notice_ids)
    return unread.update(read_at=now)


def forget(*, customer_id: UUID) -> None:
    """Take away what somebody was told who never became a customer (CON-9); the caller holds the customer."""
    write_gathered()
    told = Notice.objects.filter(customer_id=customer_id)
    Email.objects.filter(notice__in=told).delete()
    told.delete()
