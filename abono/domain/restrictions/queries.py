from __future__ import annotations

from uuid import UUID

from abono.domain.restrictions.models import Restriction
from abono.domain.restrictions.states import Cause
from abono.domain.restrictions.types import RestrictionInfo


def standing(contract_id: UUID) -> list[RestrictionInfo]:
    """Those that hold, oldest first."""
    found = Restriction.objects.filter(contract_id=contract_id, lifted_at=None)
    return [_info(row) for row in found.order_by("id")]


def history(contract_id: UUID) -> list[RestrictionInfo]:
    """All that ever held, newest first."""
    return [_info(row) for row in Restriction.objects.filter(contract_id=contract_id).order_by("-id")]


def _info(row: Restriction) -> RestrictionInfo:
    return RestrictionInfo(
        row.contract_id,
        Cause(row.cause),
        row.why,
        row.made_by,
        row.made_at,
        row.lifted_by,
        row.lifted_why,
        row.lifted_at,
    )
