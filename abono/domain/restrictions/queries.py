from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, Model, OuterRef

from abono.domain.restrictions.models import Restriction
from abono.domain.restrictions.rules import NOT_YET, Spell
from abono.domain.restrictions.states import Cause
from abono.domain.restrictions.types import RestrictionInfo

EVER = Exists(Restriction.objects.filter(contract=OuterRef("pk")))
"""Whether a contract was ever restricted: read with it as `ever_restricted`, it saves `spells` a statement."""


def standing(contract_id: UUID) -> list[RestrictionInfo]:
    """Those that hold, oldest first."""
    found = Restriction.objects.filter(contract_id=contract_id, lifted_at=None)
    return [_info(row) for row in found.order_by("id")]


def of_debt(contract_id: UUID) -> RestrictionInfo | None:
    """What restricts it for a debt now."""
    return next((one for one in standing(contract_id) if one.cause is Cause.DEBT), None)


def history(contract_id: UUID) -> list[RestrictionInfo]:
    """All that ever held, newest first."""
    return [_info(row) for row in Restriction.objects.filter(contract_id=contract_id).order_by("-id")]


def spells(contract: Model) -> list[Spell]:
    """From when until when each restriction held, in no order; read once for what holds the contract."""
    known = vars(contract)
    if known.get("ever_restricted") is False:
        return []
    if "spells" not in known:
        read([contract])
    found: list[Spell] = known["spells"]
    return found


def read(contracts: Iterable[Model]) -> None:
    """The spells of many contracts, in one statement."""
    of = {one.pk: one for one in contracts}
    for contract in of.values():
        vars(contract)["spells"] = []
    rows = Restriction.objects.filter(contract_id__in=of)
    for contract_id, made_at, lifted_at in rows.values_list("contract_id", "made_at", "lifted_at"):
        vars(of[contract_id])["spells"].append((made_at, lifted_at or NOT_YET))


def read_anew(contract: Model) -> None:
    """Something of it was restricted or lifted: the next who asks sees that."""
    vars(contract).pop("ever_restricted", None)
    vars(contract).pop("spells", None)


def _info(row: Restriction) -> RestrictionInfo:
    return RestrictionInfo(
        row.id,
        row.contract_id,
        Cause(row.cause),
        row.why,
        row.made_by,
        row.made_at,
        row.lifted_by,
        row.lifted_why,
        row.lifted_at,
        row.ends_on,
        row.told,
    )
