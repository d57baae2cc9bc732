"""Batches of contracts that go on with newer versions of their plan and package (CAT-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.catalog.models import Package, Plan
from abono.domain.contracts import price_moves
from abono.domain.contracts.errors import NoSuchBatch
from abono.domain.contracts.models import Batch, BatchLine
from abono.domain.contracts.price_moves import PriceMoveInfo
from abono.kernel.ids import public
from abono.platform.given import given

_WHOLE = (
    "contract__customer",
    "plan_before",
    "plan_after",
    "package_before",
    "package_after",
)


@dataclass(frozen=True, slots=True)
class NewLine(price_moves.NewLine):
    """One contract as the preview shows it. Of a plan by the year what it costs a year is kept beside the month (CAT-10)."""

    plan_before_id: UUID
    plan_after_id: UUID
    package_before_id: UUID
    package_after_id: UUID
    year_before_minor: int
    year_after_minor: int


def create(
    *, plan: Plan | None, package: Package | None, lines: Iterable[NewLine], actor: str, now: datetime
) -> UUID:
    """Keep a preview. Returns its id."""
    batch = Batch.objects.create(plan=plan, package=package, previewed_at=now, previewed_by=actor)
    BatchLine.objects.bulk_create(BatchLine(batch=batch, **asdict(line)) for line in lines)
    return batch.id


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a plan or a package; a package is called by its code."""

    code: str
    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.code} v{self.number}"


@dataclass(frozen=True, slots=True)
class BatchInfo(PriceMoveInfo):
    """`plan` and `package` are the newer versions; None where they stay."""

    plan: Version | None
    package: Version | None


def get(batch_id: UUID) -> BatchInfo:
    """Raises NoSuchBatch."""
    found = Batch.objects.select_related("plan", "package").filter(id=batch_id).first()
    if found is None:
        raise NoSuchBatch()
    return _info(found)


def newest(*, before: UUID | None = None, limit: int = 20) -> list[BatchInfo]:
    """Previews, newest first; from that one on."""
    found = Batch.objects.select_related("plan", "package").filter(**given(id__lt=before))
    return [_info(row) for row in found.order_by("-id")[:limit]]


def _info(row: Batch) -> BatchInfo:
    plan, package = row.plan, row.package
    return BatchInfo(
        id=row.id,
        public_id=public("bat", row.id),
        plan=None if plan is None else Version(plan.code, plan.name, plan.version),
        package=None if package is None else Version(package.code, package.code, package.version),
        previewed_at=row.previewed_at,
        applied_at=row.applied_at,
    )


def lines(batch_id: UUID) -> list[BatchLine]:
    """In the order of the contracts' numbers."""
    return list(
        BatchLine.objects.filter(batch_id=batch_id).select_related(*_WHOLE).order_by("contract__number")
    )
