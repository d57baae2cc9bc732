from __future__ import annotations

from collections.abc import Set
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Func, IntegerField, Min, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from abono.domain.notices.kinds import KINDS
from abono.domain.notices.models import Email, Muted, Notice
from abono.domain.notices.types import Choice, Glance, NoticeView, Outbox, Told
from abono.domain.notices.wording import Reader, word
from abono.platform import use_case
from abono.platform.given import given
from abono.platform.outbox import MAX_TRIES
from abono.platform.postgres.asked import Asked, Slot

_NOT_LISTED = [name for name, kind in KINDS.items() if kind.for_seller or kind.apart]


def list_for(
    customer_id: UUID, language: str, *, before: UUID | None = None, limit: int = 50
) -> tuple[NoticeView, ...]:
    """The customer's notices in a language, newest first; `before` is the last one of the page before."""
    found = _own(customer_id).select_related("customer").filter(**given(id__lt=before))
    return tuple(_view(notice, language) for notice in found.order_by("-id")[:limit])


def glance(customer_id: UUID, language: str, *, limit: int) -> Glance:
    """The customer's newest notices in a language, how many are unread, and who is told of what: asked at once."""
    found = _newest(limit).all(customer=customer_id)
    if not found:
        return Glance((), 0, choices(customer_id))
    pairs = {(pair["kind"], pair["audience"]) for pair in found[0].muted}
    return Glance(tuple(_view(one, language) for one in found), found[0].unread, _choices(pairs))


@cache
def _newest(limit: int) -> Asked[Notice, Any]:
    def write() -> QuerySet[Any, Any]:
        own = _own(Slot("customer"))
        muted = Muted.objects.filter(customer_id=Slot("customer"))
        unread = own.filter(read_at=None).order_by().annotate(n=Func(F("id"), function="count"))
        with_them = own.select_related("customer").annotate(
            unread=Subquery(unread.values("n"), output_field=IntegerField()),
            muted=ArraySubquery(muted.values(pair=JSONObject(kind="kind", audience="audience"))),
        )
        return with_them.order_by("-id")[:limit]

    return Asked(write)


def told_between(
    customer_id: UUID, language: str, *, after: UUID | None = None, until: UUID | None = None
) -> list[Told]:
    """What the customer was told after one id and up to another, or up to now, in order, and to whom."""
    wanted = given(id__gt=after, id__lte=until)
    found = list(_own(customer_id).select_related("customer").filter(**wanted).order_by("id"))
    to: dict[UUID, list[str]] = {one.id: [] for one in found}
    for email in Email.objects.filter(notice__in=list(to)).order_by("id"):
        to[email.notice_id].append(email.to_email)
    return [Told(_view(one, language), tuple(to[one.id])) for one in found]


def was_told(*, customer_id: UUID | None, kind: str, key: str) -> bool:
    """Whether the customer, or where there is none the seller's people, were told this occasion before."""
    use_case.write_gathered()
    return Notice.objects.filter(Q(customer_id=customer_id), kind=kind, key=key).exists()


def unread_count(customer_id: UUID) -> int:
    return _own(customer_id).filter(read_at=None).count()


def choices(customer_id: UUID) -> tuple[Choice, ...]:
    """For every kind with a choice, whom it concerns and who of them is told by e-mail.

    What concerns one audience alone is always told to it: nobody can turn off that keys are made and ended.
    """
    muted = set(Muted.objects.filter(customer_id=customer_id).values_list("kind", "audience"))
    return _choices(muted)


def concerned() -> tuple[Choice, ...]:
    """Every kind with a choice and whom it concerns, as if all of them were told."""
    return _choices(frozenset())


def _choices(muted: Set[tuple[str, str]]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            kind=name,
            label=kind.name,
            concerns=kind.audience,
            told=frozenset(one for one in kind.audience if (name, one.value) not in muted),
        )
        for name, kind in KINDS.items()
        if len(kind.audience) > 1
    )


def outbox() -> Outbox:
    """How mail is getting on (OPS-4)."""
    unsent = Email.objects.filter(sent_at=None)
    waiting = Q(tries__lt=MAX_TRIES)
    return Outbox(
        **unsent.aggregate(
            waiting=Count("id", filter=waiting),
            failing=Count("id", filter=waiting & ~Q(failure="")),
            stuck=Count("id", filter=~waiting),
            oldest_at=Min("created_at", filter=waiting),
        )
    )


def _own(customer_id: UUID | Slot) -> QuerySet[Notice]:
    """What the customer itself was told."""
    return Notice.objects.filter(customer_id=customer_id).exclude(kind__in=_NOT_LISTED)


def _view(notice: Notice, language: str) -> NoticeView:
    assert notice.customer is not None  # what has none is nobody's to read here: see `_own`
    reader = Reader(notice.customer.legal_name, notice.customer.time_zone, language)
    return NoticeView(
        id=notice.id,
        kind=notice.kind,
        wording=word(notice.kind, notice.facts, reader),
        created_at=notice.created_at,
        read=notice.read_at is not None,
    )
