"""Batches of contracts that go on with newer versions of their plan and package (CAT-5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from abono.domain.catalog.models import Package, Plan
from abono.domain.contracts import terms
from abono.domain.contracts.errors import NoSuchBatch
from abono.domain.contracts.models import Batch, BatchLine, Contract
from abono.domain.contracts.states import RENEWED
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
class NewLine:
    """One contract as the preview shows it; amounts are fees of a month in its currency, and of a plan by the year those of
    a year (CAT-10).

    waits   why it does not begin with the very next cycle (CAT-13); empty where it does
    """

    contract_id: UUID
    plan_before_id: UUID
    plan_after_id: UUID
    package_before_id: UUID
    package_after_id: UUID
    cycle_number: int
    begins_at: datetime
    before_minor: int
    after_minor: int
    year_before_minor: int = 0
    year_after_minor: int = 0
    waits: str = ""


def candidates(
    *, plan: Plan | None, package: Package | None, only: Collection[UUID], limit: int
) -> list[Contract]:
    """Contracts that go on and have an older version of `plan` or `package`, by number; not those for which other
    terms wait for their next cycle.

    only   of these contracts; of all when it is empty
    """
    older = Q(pk__in=[])
    if plan is not None:
        older |= Q(term__plan__code=plan.code) & ~Q(term__plan=plan)
    if package is not None:
        older |= Q(term__package__code=package.code) & ~Q(term__package=package)
    found = Contract.objects.select_related("term__plan", "term__package", "customer").filter(
        older, state__in=[state.value for state in RENEWED], **given(id__in=only or None)
    )
    return list(found.exclude(id__in=terms.ahead().values("contract_id")).order_by("number")[:limit])


def create(
    *, plan: Plan | None, package: Package | None, lines: Iterable[NewLine], actor: str, now: datetime
) -> UUID:
    """Keep a preview. Returns its id."""
    batch = Batch.objects.create(plan=plan, package=package, previewed_at=now, previewed_by=actor)
    BatchLine.objects.bulk_create(
        BatchLine(
            batch=batch,
            contract_id=line.contract_id,
            plan_before_id=line.plan_before_id,
            plan_after_id=line.plan_after_id,
            package_before_id=line.package_before_id,
            package_after_id=line.package_after_id,
            cycle_number=line.cycle_number,
            begins_at=line.begins_at,
            before_minor=line.before_minor,
            after_minor=line.after_minor,
            year_before_minor=line.year_before_minor,
            year_after_minor=line.year_after_minor,
            waits=line.waits,
        )
        for line in lines
    )
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
class BatchInfo:
    """A preview. `plan` and `package` are the newer versions; None where they stay."""

    id: UUID
    public_id: str
    plan: Version | None
    package: Version | None
    previewed_at: datetime
    applied_at: datetime | None


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


def accept(batch_id: UUID, *, actor: str, now: datetime) -> bool:
    """Mark a preview as applied; the second of two finds it applied and gets False."""
    fresh = Batch.objects.filter(id=batch_id, applied_at=None).update(applied_at=now, applied_by=actor)
    return bool(fresh)
