from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from abono.domain.billing_runs.errors import NoSuchRun
from abono.domain.billing_runs.models import Run
from abono.domain.billing_runs.types import RunInfo
from abono.domain.invoicing.runs import Amount, Billed, Far
from abono.platform.given import given


def under_way() -> RunInfo | None:
    """The run that goes on now, if one does."""
    row = Run.objects.filter(ended_at=None).first()
    return None if row is None else _info(row)


def get(run_id: UUID) -> RunInfo:
    """Raises NoSuchRun."""
    row = Run.objects.filter(id=run_id).first()
    if row is None:
        raise NoSuchRun()
    return _info(row)


def page(*, before: UUID | None = None, limit: int) -> list[RunInfo]:
    """Newest first, a page at a time (API-5)."""
    return [_info(row) for row in Run.objects.filter(**given(id__lt=before)).order_by("-id")[:limit]]


def before(run: RunInfo) -> RunInfo | None:
    """The last one before it that renewed anything."""
    row = Run.objects.filter(id__lt=run.id, done__gt=0).order_by("-id").first()
    return None if row is None else _info(row)


def _info(row: Run) -> RunInfo:
    return RunInfo(
        row.id,
        row.begun_by,
        row.begun_at,
        row.told_at,
        row.ended_at,
        row.done,
        row.left,
        row.again,
        row.parked,
        tuple(_billed(**one) for one in row.billed),
        row.far_count,
        tuple(_far(one) for one in row.far),
    )


def _billed(*, kinds: list[Mapping[str, Any]], **whole: Any) -> Billed:
    return Billed(**whole, kinds=tuple(Amount(**one) for one in kinds))


def _far(kept: Mapping[str, Any]) -> Far:
    ids = {name: UUID(kept[name]) for name in ("invoice_id", "contract_id", "customer_id")}
    return Far(**{**kept, **ids})
