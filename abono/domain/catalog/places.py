"""A place in a YAML file: its node, its path, and one list for all that is wrong.

Scalars stay the text that was written, until they are asked for as a number, a day or a name: nothing is ever
a float, and `NO` is Norway. A place that is missing or wrong gives an empty value after it was reported once,
so that one reading finds every mistake; the file is refused whole anyway (CAT-8).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from abono.domain.catalog.errors import MOST_PROBLEMS, Problem
from abono.kernel.zones import zones

MOST_VALUES = 100_000  # after aliases are unfolded
MOST_NAMED = 12  # choices that an error spells out

_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.([0-9]+))?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_CODE = re.compile(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*")
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}


class Stop(Exception):
    """Enough is known to refuse the file."""


@dataclass(slots=True)
class Reading:
    """One pass over one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def wrong(self, line: int, path: str, reason: str, mend: str) -> None:
        """Write down one mistake. Raises Stop at the fiftieth."""
        self.problems.append(Problem(self.file, line, path, reason, mend))
        if len(self.problems) >= MOST_PROBLEMS:
            raise Stop

    def spend(self, place: Place, count: int = 1) -> None:
        """Count values met; a small file can unfold to billions by aliases. Raises Stop."""
        self.values += count
        if self.values > MOST_VALUES:
            place.wrong(f"the file unfolds to more than {MOST_VALUES:,} values", "Use fewer aliases or lists")
            raise Stop


@dataclass(frozen=True, slots=True)
class Place:
    """One node of the file; without a node it is a field that was left out."""

    reading: Reading
    node: Node | None
    path: str
    line: int  # from 1

    @property
    def given(self) -> bool:
        return self.node is not None

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, SequenceNode)

    def wrong(self, reason: str, mend: str) -> None:
        self.reading.wrong(self.line, self.path or "file", reason, mend)

    def _under(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    # Structure

    def entries(self) -> dict[str, Place]:
        """The entries of a mapping, in order; a key that comes twice is a mistake."""
        if not isinstance(self.node, MappingNode):
            self._expected("a mapping (lines of `name: value`)")
            return {}
        found: dict[str, Place] = {}
        for key, value in self.node.value:
            self.reading.spend(self)
            name = key.value if isinstance(key, ScalarNode) else "?"
            shown = name if _CODE.fullmatch(name.lower()) and len(name) <= 40 else _short(name)
            path = self._under(shown)
            # A list or mapping is found by its name; it may begin a line later, or far away behind an alias.
            mark = (value if isinstance(value, ScalarNode) else key).start_mark
            place = Place(self.reading, value, path, mark.line + 1)
            if not isinstance(key, ScalarNode):
                self.reading.wrong(key.start_mark.line + 1, path, "a name is not plain text", "Write a word")
            elif name in found:
                first = found[name].line
                self.reading.wrong(
                    key.start_mark.line + 1,
                    path,
                    f"{shown} comes twice, first on line {first}",
                    "Keep one of them",
                )
            else:
                found[name] = place
        return found

    def fields(self, *required: str, optional: Collection[str] = ()) -> Mapping[str, Place]:
        """A mapping of known names: every one can be asked for, unknown and missing ones are mistakes."""
        known = (*required, *optional)
        found = self.entries()
        for name, place in found.items():
            if name not in known:
                near = get_close_matches(name, known, n=1)
                mend = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}"
                if name.isdecimal():
                    mend = "Write numbers without thousands separators"
                place.wrong(f"unknown name {_short(name)}", mend)
        for name in required:
            if name not in found and isinstance(self.node, MappingNode):
                self.wrong(f"{name} is missing", f"Add a line `{name}: …`")
        absent = {name: Place(self.reading, None, self._under(name), self.line) for name in known}
        return absent | {name: place for name, place in found.items() if name in known}

    def items(self) -> list[Place]:
        """The items of a list that is not empty."""
        if not isinstance(self.node, SequenceNode):
            self._expected("a list (`[a, b]`, or lines of `- …`)")
            return []
        if not self.node.value:
            self.wrong("the list is empty", "Add at least one item")
        self.reading.spend(self, len(self.node.value))
        return [
            Place(self.reading, node, f"{self.path}[{index}]", node.start_mark.line + 1)
            for index, node in enumerate(self.node.value)
        ]

    # Values

    def scalar(self) -> str:
        """The text of a value, without spaces around it; printable, so that every later reader can bear it."""
        if not isinstance(self.node, ScalarNode):
            self._expected("one value")
            return ""
        value = str(self.node.value).strip()
        if not value:
            self.wrong("the value is empty", "Write a value")
        elif not value.replace("\u00a0", " ").isprintable():
            self.wrong(f"{_short(value)} has characters that cannot be printed", "Remove them")
            return ""
        return value

    def text(self, *, longest: int) -> str:
        value = self.scalar()
        if len(value) > longest:
            self.wrong(f"the text has {len(value)} characters", f"Use at most {longest}")
        return value

    def code(self, *, longest: int) -> str:
        """A name for machines: small letters, digits, and `-`, `_` or `.` between them."""
        value = self.scalar()
        check_code(self, value, longest=longest)
        return value

    def choice(self, known: Collection[str]) -> str:
        value = self.scalar()
        if value and value not in known:
            near = get_close_matches(value, known, n=1)
            few = f"Use one of {', '.join(known)}" if len(known) <= MOST_NAMED else "Use one that exists"
            self.wrong(f"{_short(value)} is not known here", f"Did you mean {near[0]}?" if near else few)
        return value

    def flag(self, *, absent: bool = False) -> bool:
        return _FLAGS.get(self.choice(tuple(_FLAGS)), absent) if self.given else absent

    def whole(self, *, most: int, least: int = 0) -> int:
        value = self.scalar()
        if not value:
            return least
        if not _WHOLE.fullmatch(value):
            self._not_a_number(value, "a whole number, such as 500")
            return least
        if not least <= int(value) <= most:
            self.wrong(f"{value} is out of bounds", f"Use a number from {least} to {most}")
        return int(value)

    def scaled(self, *, decimals: int) -> int:
        """A price as a whole number of its smallest part: `0.55` with four decimals is 5500."""
        value = self.scalar()
        found = _DECIMAL.fullmatch(value)
        if not value:
            return 0
        if found is None:
            self._not_a_number(value, "a price such as 0.55, without sign, currency or thousands separator")
            return 0
        if len(found[1] or "") > decimals:
            self.wrong(f"{value} has more than {decimals} decimals", f"Round it to {decimals} decimals")
            return 0
        return int(Decimal(value).scaleb(decimals))

    def zone(self) -> str:
        """A name of the time zone database; UTC where it is wrong."""
        name = self.scalar()
        if name in zones():
            return name
        if name:
            self.wrong(f"{_short(name)} is not a time zone", "Write one like America/Sao_Paulo")
        return "UTC"

    def day(self) -> date:
        value = self.scalar()
        try:
            day = date.fromisoformat(value)
            if not 2000 <= day.year <= 2100 or len(value) != 10:
                raise ValueError
            return day
        except ValueError:
            if value:
                self.wrong(f"{_short(value)} is not a day", "Write year-month-day, such as 2025-07-01")
            return date(2000, 1, 1)

    def _not_a_number(self, value: str, mend: str) -> None:
        if value.startswith("-") and value[1:].replace(".", "", 1).isdecimal():
            self.wrong(f"{_short(value)} is negative", "Use 0 or more")
        else:
            self.wrong(f"{_short(value)} is not a number", f"Write {mend}")

    def _expected(self, what: str) -> None:
        if self.node is not None:
            self.wrong(f"expected {what}", "See the shipped catalog for an example")


def check_code(place: Place, value: str, *, longest: int) -> None:
    """Reports a code that is too long or has other characters than a code may have."""
    if value and (not _CODE.fullmatch(value) or len(value) > longest):
        mend = f"Use small letters, digits and hyphens, at most {longest} characters, beginning with a letter"
        place.wrong(f"{_short(value)} cannot be a code", mend)


def _short(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:39] + "…")
