from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from abono.domain.adjustments import rules
from abono.domain.adjustments.errors import IndexWrong, MonthAhead, MonthMissing, MonthUsed, NoSuchIndex
from abono.domain.adjustments.models import Adjustment, AdjustmentLine, Index, IndexMonth
from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import NewLine
from abono.kernel.written import readable
from abono.platform import events

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,19}")


def lock(index_id: UUID) -> None:
    """Hold an index until the transaction ends, so that its months stay; `flows.locks` knows when. Raises NoSuchIndex."""
    if Index.objects.select_for_update().filter(id=index_id).first() is None:
        raise NoSuchIndex()


def name(code: str, called: str, *, actor: str, now: datetime) -> UUID:
    """Make an index, or call it otherwise; an empty name stays as it is. Returns its id. Raises IndexWrong."""
    code, called = code.strip().upper(), called.strip()
    if not _CODE.fullmatch(code):
        raise IndexWrong("code")
    if called and not (readable(called) and len(called) <= 60):
        raise IndexWrong("name")
    made = {"name": called or code, "made_by": actor, "made_at": now}
    index, fresh = Index.objects.get_or_create(code=code, defaults=made)
    if fresh or (called and called != index.name):
        Index.objects.filter(id=index.id).update(name=called or index.name)
        _record("index.named", index, actor=actor, now=now, name=called or index.name)
    return index.id


def write(index_id: UUID, values: Mapping[date, Decimal], *, actor: str, now: datetime) -> int:
    """Add months, and put right those that no applied adjustment was reckoned with: all of it or nothing. The caller holds
    the index. Returns how many values are new. Raises MonthAhead, MonthMissing, MonthUsed."""
    known = {one.month: one for one in IndexMonth.objects.filter(index_id=index_id)}
    if values and (ahead := max(values)) > now.date():
        raise MonthAhead(f"{ahead:%Y-%m}")
    missing = rules.gap({*known, *values}) if values else None
    if missing is not None:
        raise MonthMissing(f"{missing:%Y-%m}")
    new = {month: it for month, it in values.items() if month not in known or known[month].percent != it}
    for month in sorted(new.keys() & known.keys()):
        if known[month].used:
            raise MonthUsed(f"{month:%Y-%m}", f"{known[month].percent.normalize():f}")
    for month, percent in new.items():
        IndexMonth.objects.update_or_create(
            index_id=index_id,
            month=month,
            defaults={"percent": percent, "written_by": actor, "written_at": now},
        )
    if new:
        before = {f"{month:%Y-%m}": str(known[month].percent) for month in sorted(new) if month in known}
        after = {f"{month:%Y-%m}": str(new[month]) for month in sorted(new)}
        index = Index.objects.get(id=index_id)
        _record("index.months_written", index, actor=actor, now=now, before=before, after=after)
    return len(new)


def percents(index_id: UUID) -> dict[date, Decimal]:
    return dict(IndexMonth.objects.filter(index_id=index_id).values_list("month", "percent"))


def use(index_id: UUID, first: date, last: date) -> None:
    """These months stay as they are. The caller holds the index."""
    IndexMonth.objects.filter(index_id=index_id, month__range=(first, last), used=False).update(used=True)


def create(
    *,
    index_id: UUID,
    months: Months,
    parts: Iterable[Part],
    currency: str,
    until: date,
    lines: Iterable[NewLine],
    actor: str,
    now: datetime,
) -> UUID:
    """Keep a preview. Returns its id."""
    made = Adjustment.objects.create(
        index_id=index_id,
        months=months.value,
        parts=[one.value for one in parts],
        currency=currency,
        until_date=until,
        previewed_at=now,
        previewed_by=actor,
    )
    AdjustmentLine.objects.bulk_create(AdjustmentLine(adjustment=made, **asdict(line)) for line in lines)
    return made.id


def note_made(line: AdjustmentLine, made: list[dict[str, str]]) -> None:
    """Which prices of its own a contract got by it."""
    AdjustmentLine.objects.filter(id=line.id).update(made=made)


def take_back(line: AdjustmentLine, *, why: str, actor: str, now: datetime) -> None:
    AdjustmentLine.objects.filter(id=line.id, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=actor, withdrawn_why=why
    )


def _record(
    what: str, index: Index, *, actor: str, now: datetime, before: Any = None, after: Any = None, **data: Any
) -> None:
    events.record(
        name=what,
        subject=("index", index.id),
        customer_id=None,
        actor=actor,
        now=now,
        before=before,
        after=after,
        data={"code": index.code, **data},
    )
