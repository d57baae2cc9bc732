from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from abono.domain.customers.queries import PEOPLE
from abono.domain.notices import queries, wording
from abono.domain.notices.errors import NobodyWouldHear, NoSuchNotice
from abono.domain.notices.kinds import KINDS
from abono.domain.notices.models import Email, Muted, Notice
from abono.domain.notices.sending import send_due
from abono.domain.notices.types import Audience, Recipient
from abono.kernel.ids import uuid7_texts
from abono.platform import events, queue
from abono.platform.postgres.adding import Adding
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
    tell_each(kind, [Told(customer_id, key, facts, recipients, attachment)], now=now)


class Told(NamedTuple):
    """One of many notices of a kind, as `tell` has it."""

    customer_id: UUID | None
    key: str
    facts: Mapping[str, object]
    recipients: Sequence[Recipient]
    attachment: UUID | None = None


def tell_each(kind: str, those: Collection[Told], *, now: datetime) -> None:
    """The same of many at once."""
    needs, told_at, rows = KINDS[kind].needs, now.isoformat(), []
    ids = iter(uuid7_texts(sum(1 + len(one.recipients) for one in those)))
    for one in those:
        missing = [name for name in needs if name not in one.facts]
        if missing:
            raise ValueError(f"a notice of kind {kind} needs {', '.join(missing)}")
        notice_id = next(ids)
        notice: _Row = (
            notice_id,
            None if one.customer_id is None else one.customer_id.hex,
            kind,
            one.key,
            _json(one.facts),
            wording.page(kind, one.facts),
            told_at,
        )
        attached = None if one.attachment is None else one.attachment.hex
        one_each = {recipient.email.lower(): recipient for recipient in reversed(one.recipients)}
        emails: list[_Row] = [
            (next(ids), notice_id, who.email, who.name, who.language, attached, told_at, told_at)
            for who in reversed(one_each.values())
        ]
        rows.append((notice, emails))
    gather(_write, *rows)
    if rows:
        call_for_mail()


def call_for_mail() -> None:
    """Whoever sends it is called once in a transaction."""
    queue.defer(queue.SEND_EMAILS, lane=Lane.MAIL)


# Where the occasion has a notice already, of whoever was first, there is no other and no mail. Two statements: whoever serves
# customers may write mails of notices that they see, and nobody sees what the same statement writes (ACC-2).
_ONCE = Adding(
    "notices_notice",
    "id uuid, customer_id uuid, kind text, key text, facts jsonb, link text, created_at timestamptz",
    then="ON CONFLICT (customer_id, kind, key) DO NOTHING RETURNING id",
)
_MAILS = Adding(
    "notices_email",
    "id uuid, notice_id uuid, to_email text, to_name text, language text, attachment uuid, created_at timestamptz, "
    "send_at timestamptz",
    always={"tries": "0", "failure": "''"},
)
type _Row = tuple[str | None, ...]


@late
def _write(told: Sequence[tuple[_Row, list[_Row]]]) -> None:
    new = {str(key) for (key,) in _ONCE.add(notice for notice, _emails in told)}
    if emails := [email for notice, those in told if notice[0] in new for email in those]:
        _MAILS.add(emails)


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


def _plain(value: object) -> str:
    """A fact that JSON does not have; days and moments as ISO 8601."""
    if isinstance(value, date):  # a moment is a date as well
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{value!r} is no fact of a notice")


def _json(facts: Mapping[str, object]) -> str:
    """Most are told of texts, numbers and days, which are written in a tenth of the time where both ways write them alike."""
    return _fast(facts).decode() if _ALIKE.issuperset(map(type, facts.values())) else _any(facts)


_fast, _any = msgspec.json.Encoder().encode, json.JSONEncoder(default=_plain).encode
_ALIKE = frozenset({str, int, bool, type(None), date, UUID})


def mark_read(*, customer_id: UUID, notice_ids: Collection[UUID] | None = None, now: datetime) -> int:
    """Mark the customer's unread notices as read: those given, or all. Returns how many were unread."""
    unread = Notice.objects.filter(customer_id=customer_id, read_at=None)
    if notice_ids is not None:
        unread = unread.filter(id__in=notice_ids)
    return unread.update(read_at=now)


def count_as_mailed(*, now: datetime) -> int:
    """Count all mail that waits as sent, to nobody: that of a history that was made up. Returns how many messages."""
    return Email.objects.filter(sent_at=None).update(sent_at=now, tries=1)


def forget(*, customer_id: UUID) -> None:
    """Take away what somebody was told who never became a customer (CON-9); the caller holds the customer."""
    write_gathered()
    told = Notice.objects.filter(customer_id=customer_id)
    Email.objects.filter(notice__in=told).delete()
    told.delete()
