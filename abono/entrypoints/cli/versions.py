"""`abono catalog move`: contracts in force go on with newer versions of what they were sold (CAT-5)."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from abono.domain.contracts.errors import NoSuchBatch
from abono.entrypoints.cli import price_moves
from abono.entrypoints.cli.price_moves import amounts
from abono.flows.versions.kind import VERSIONS
from abono.flows.versions.preview import Moved, effects, preview_versions
from abono.platform import clock, formats

COLUMNS = (
    "customer", "contract", "from", "plan_before", "plan_after", "package_before", "package_after",
    "currency", "monthly_before", "monthly_after", "session_prices_dearer", "session_prices_cheaper", "waits",
    "yearly_before", "yearly_after",
)  # fmt: skip


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--plan", default="", help="code of a plan: its contracts go on with its newest version"
    )
    parser.add_argument("--package", default="", help="code of a package, likewise")
    price_moves.arguments(parser)


def move(options: dict[str, Any], *, actor: str, write: Callable[[str], object]) -> None:
    """Raises CommandError for what makes no sense, and what the flows raise."""
    asked = bool(options["plan"] or options["package"])
    apply = price_moves.to_apply(options, asked=asked, say="--plan or --package")
    if apply is not None:
        COMMAND.apply(apply, actor=actor, write=write)
        return
    batch_id = preview_versions(
        plan_code=options["plan"],
        package_code=options["package"],
        contract_ids=price_moves.only(options),
        actor=actor,
        now=clock.now(),
    )
    COMMAND.show(batch_id, effects(batch_id), options["csv"], write)


def _what(effect: Moved) -> list[str]:
    parts = [f"{old} → {new}" for old, new in (effect.plans, effect.packages) if old != new]
    if effect.by_year:
        parts.append("plan, a year: " + " → ".join(formats.money(one, "en") for one in effect.years))
    if effect.dearer or effect.cheaper:
        parts.append(f"session prices: {effect.dearer} dearer, {effect.cheaper} cheaper")
    return parts


def _rows(effect: Moved) -> Iterable[Sequence[object]]:
    yield (
        effect.customer,
        effect.number,
        effect.day,
        *effect.plans,
        *effect.packages,
        effect.before.currency,
        *amounts(effect.before, effect.after),
        effect.dearer,
        effect.cheaper,
        effect.waits or "",
        *(amounts(*effect.years) if effect.by_year else ("", "")),
    )


COMMAND = price_moves.Command(
    call="abono catalog move",
    kind=VERSIONS,
    prefix="bat",
    missing=NoSuchBatch,
    what=_what,
    columns=COLUMNS,
    rows=_rows,
    applied="{count} contracts go on with the newer versions when their next cycles begin; their customers are told.",
)
