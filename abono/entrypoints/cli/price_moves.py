"""What the commands that move prices have in common: `--preview` says what each pays and keeps it, `--apply` does exactly that."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.entrypoints.cli.contracts import named_contract
from abono.entrypoints.site.design.csv_file import decimal
from abono.flows.approvals.ask import ask_price_move
from abono.flows.charges.rises import Waits
from abono.flows.price_moves.apply import Kind, apply_move
from abono.flows.price_moves.effects import Effect
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.money import Money
from abono.platform import clock, formats

WAITS = {
    Waits.KEPT: "its price was set too short before",
    Waits.NOTICE: "a rise is told 30 days before",
}


@dataclass(frozen=True, slots=True)
class Command[Shown: Effect]:
    """One kind of move as a command.

    call      what is typed, but for `--apply` and the id
    prefix    of that id; `missing` where there is none
    what      what of one contract is told in brackets
    columns   of the file, and `rows` of one contract
    applied   what is told of so many contracts
    """

    call: str
    kind: Kind[Any, Any]
    prefix: str
    missing: type[Refusal]
    what: Callable[[Shown], list[str]]
    columns: Sequence[str]
    rows: Callable[[Shown], Iterable[Sequence[object]]]
    applied: str

    def show(
        self, move_id: UUID, found: Sequence[Shown], to_file: object, write: Callable[[str], object]
    ) -> None:
        """What each pays before and after; also into a file, where one is named."""
        for effect in found:
            write(self._said(effect))
        if to_file is not None:
            with Path(str(to_file)).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(self.columns)
                for effect in found:
                    writer.writerows(self.rows(effect))
        name = self.kind.get(move_id).public_id
        write(f"{len(found)} contracts. Nothing is changed yet; to do it: {self.call} --apply {name}")

    def apply(self, text: str, *, actor: str, write: Callable[[str], object]) -> None:
        """Raises what the flow raises, and that there is none with this id."""
        move_id = parse(self.prefix, text)
        if move_id is None:
            raise self.missing()
        try:
            fresh = apply_move(self.kind, move_id, actor=actor, now=clock.now())
        except SecondPersonNeeded:
            asked = ask_price_move(self.kind, move_id, actor=actor, now=clock.now())
            write(
                f"So much needs a second person, who is asked: {asked.public_id}. Nothing is done until they agree."
            )
            return
        count = len(self.kind.lines(move_id))
        write(self.applied.format(count=count) if fresh else "Applied before; nothing more to do.")

    def _said(self, effect: Shown) -> str:
        before, after = formats.money(effect.before, "en"), formats.money(effect.after, "en")
        parts = self.what(effect)
        if effect.waits is not None:
            parts.append(WAITS[effect.waits])
        return f"{effect.customer}, {effect.number}: {before} → {after} a month from {effect.day} ({'; '.join(parts)})"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--contract", nargs="+", default=[], help="only these: ids (ctr_…) or numbers")
    parser.add_argument(
        "--preview", action="store_true", help="say what each pays before and after, and keep it"
    )
    parser.add_argument("--csv", type=Path, help="write the preview into this file, too")
    parser.add_argument("--apply", metavar="ID", help="do exactly what the preview with this id shows")


def only(options: dict[str, Any]) -> list[UUID]:
    """Raises that there is no such contract."""
    return [named_contract(text) for text in options["contract"]]


def to_apply(options: dict[str, Any], *, asked: bool, say: str) -> str | None:
    """The id of the preview that is applied; None where one is made.

    asked   what a preview is to be of was said
    say     what has to be said for one

    Raises CommandError for both, for neither, and for half of it.
    """
    if bool(options["apply"]) == bool(options["preview"]) or bool(options["preview"]) != asked:
        raise CommandError(f"say {say} with --preview, or --apply with the id of a preview")
    return options["apply"] or None


def amounts(*pays: Money) -> list[str]:
    return [decimal(one.minor, one.currency, "en") for one in pays]
