from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Max

from abono.domain.adjustments.errors import NoSuchAdjustment, NoSuchIndex
from abono.domain.adjustments.models import Adjustment, AdjustmentLine, Index
from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import AdjustmentInfo, IndexInfo, Value
from abono.kernel.ids import public
from abono.platform.given import given


def indexes() -> list[IndexInfo]:
    """All, by code."""
    return [_index(one) for one in Index.objects.prefetch_related("months").order_by("code")]


def index(code: str) -> IndexInfo:
    """Raises NoSuchIndex."""
    found = Index.objects.filter(code=code.strip().upper()).first()
    if found is None:
        raise NoSuchIndex()
    return _index(found)


def index_by_id(index_id: UUID) -> IndexInfo:
    """Raises NoSuchIndex."""
    found = Index.objects.filter(id=index_id).first()
    if found is None:
        raise NoSuchIndex()
    return _index(found)


def get(adjustment_id: UUID) -> AdjustmentInfo:
    """Raises NoSuchAdjustment."""
    found = Adjustment.objects.select_related("index").filter(id=adjustment_id).first()
    if found is None:
        raise NoSuchAdjustment()
    return _info(found)


def newest(*, before: UUID | None = None, limit: int = 20) -> list[AdjustmentInfo]:
    """Newest first; from that one on."""
    found = Adjustment.objects.select_related("index").filter(**given(id__lt=before))
    return [_info(one) for one in found.order_by("-id")[:limit]]


def lines(adjustment_id: UUID) -> list[AdjustmentLine]:
    """In the order of the contracts' numbers."""
    found = AdjustmentLine.objects.filter(adjustment_id=adjustment_id)
    whole = found.select_related("contract__customer", "contract__term__plan", "contract__term__package")
    return list(whole.order_by("contract__number"))


def line(adjustment_id: UUID, contract_id: UUID) -> AdjustmentLine:
    """Raises NoSuchAdjustment."""
    found = AdjustmentLine.objects.select_related("adjustment__index")
    one = found.filter(adjustment_id=adjustment_id, contract_id=contract_id).first()
    if one is None:
        raise NoSuchAdjustment()
    return one


def last_months(contract_ids: Iterable[UUID]) -> dict[UUID, date]:
    """Up to which month prices of contracts were adjusted: a month counts once."""
    raised = AdjustmentLine.objects.filter(contract_id__in=contract_ids, withdrawn_at=None).exclude(made=[])
    return dict(raised.values_list("contract_id").annotate(last=Max("last_month")))


def _index(row: Index) -> IndexInfo:
    months = sorted(row.months.all(), key=lambda one: one.month)
    values = tuple(Value(one.month, one.percent, one.used) for one in months)
    return IndexInfo(row.id, row.code, row.name, values)


def _info(row: Adjustment) -> AdjustmentInfo:
    return AdjustmentInfo(
        id=row.id,
        public_id=public("adj", row.id),
        index_id=row.index_id,
        index=row.index.code,
        index_name=row.index.name,
        months=Months(row.months),
        parts=tuple(Part(one) for one in row.parts),
        currency=row.currency,
        until=row.until_date,
        previewed_at=row.previewed_at,
        applied_at=row.applied_at,
    )
