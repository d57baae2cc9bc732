"""`abono catalog move`: contracts in force go on with newer versions of what they were sold (CAT-5)."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from django.core.management.base import CommandError

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.contracts import batches
from abono.domain.contracts.errors import NoSuchBatch
from abono.entrypoints.cli.contracts import named_contract
from abono.entrypoints.site.design.csv_file import decimal
from abono.flows.approvals.ask import ask_version_move
from abono.flows.charges.rises import Waits
from abono.flows.versions.apply import apply_versions
from abono.flows.versions.preview import Effect, effects, preview_versions
from abono.kernel.ids import parse
from abono.platform import clock, formats

COLUMNS = (
    "customer", "contract", "from", "plan_before", "plan_after", "package_before", "package_after",
    "currency", "monthly_before", "monthly_after", "session_prices_dearer", "session_prices_cheaper", "waits",
    "yearly_before", "yearly_after",
)  # fmt: skip
_WAITS = {
    Waits.KEPT: "its price was set too short before",
    Waits.NOTICE: "a rise is told 30 days before",
}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--plan", default="", help="code of a plan: its contracts go on with its newest version"
    )
    parser.add_argument("--package", default="", help="code of a package, likewise")
    parser.add_argument("--contract", nargs="+", default=[], help="only these: ids (ctr_…) or numbers")
    parser.add_argument(
        "--preview", action="store_true", help="say what each pays before and after, and keep it"
    )
    parser.add_argument("--csv", type=Path, help="write the preview into this file, too")
    parser.add_argument("--apply", metavar="ID", help="do exactly what the preview with this id shows")


def move(options: dict[str, object], *, actor: str, write: Callable[[str], object]) -> None:
    """Raises CommandError for what makes no sense, and what the flows raise."""
    asked = bool(options["plan"] or options["package"])
    if bool(options["apply"]) == bool(options["preview"]) or bool(options["preview"]) != asked:
        raise CommandError("say --plan or --package with --preview, or --apply with the id of a preview")
    if options["apply"]:
        _apply(str(options["apply"]), actor=actor, write=write)
        return
    only = options["contract"]
    assert isinstance(only, list)
    batch_id = preview_versions(
        plan_code=str(options["plan"]),
        package_code=str(options["package"]),
        contract_ids=[named_contract(text) for text in only],
        actor=actor,
        now=clock.now(),
    )
    found = effects(batch_id)
    for effect in found:
        write(_said(effect))
    if options["csv"] is not None:
        _to_file(Path(str(options["csv"])), found)
    name = batches.get(batch_id).public_id
    write(f"{len(found)} contracts. Nothing is changed yet; to do it: abono catalog move --apply {name}")


def _apply(text: str, *, actor: str, write: Callable[[str], object]) -> None:
    batch_id = parse("bat", text)
    if batch_id is None:
        raise NoSuchBatch()
    try:
        fresh = apply_versions(batch_id=batch_id, actor=actor, now=clock.now())
    except SecondPersonNeeded:
        asked = ask_version_move(batch_id=batch_id, why="", actor=actor, now=clock.now())
        write(
            f"So much needs a second person, who is asked: {asked.public_id}. Nothing is done until they agree."
        )
        return
    count = len(batches.lines(batch_id))
    write(
        f"{count} contracts go on with the newer versions when their next cycles begin; their customers are told."
        if fresh
        else "Applied before; nothing more to do."
    )


def _said(effect: Effect) -> str:
    before, after = formats.money(effect.before, "en"), formats.money(effect.after, "en")
    parts = [f"{old} → {new}" for old, new in (effect.plans, effect.packages) if old != new]
    if effect.by_year:
        parts.append("plan, a year: " + " → ".join(formats.money(one, "en") for one in effect.years))
    if effect.dearer or effect.cheaper:
        parts.append(f"session prices: {effect.dearer} dearer, {effect.cheaper} cheaper")
    if effect.waits is not None:
        parts.append(_WAITS[effect.waits])
    return f"{effect.customer}, {effect.number}: {before} → {after} a month from {effect.day} ({'; '.join(parts)})"


def _to_file(path: Path, found: list[Effect]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for effect in found:
            months, years = (
                [decimal(one.minor, one.currency, "en") for one in pair]
                for pair in ((effect.before, effect.after), effect.years)
            )
            writer.writerow(
                (
                    effect.customer,
                    effect.number,
                    effect.day,
                    *effect.plans,
                    *effect.packages,
                    effect.before.currency,
                    *months,
                    effect.dearer,
                    effect.cheaper,
                    effect.waits or "",
                    *(years if effect.by_year else ("", "")),
                )
            )
