"""Reads a catalog file, whole or not at all (CAT-8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.events import (
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import Node

from abono.domain.catalog.content import Catalog
from abono.domain.catalog.errors import CatalogRefused
from abono.domain.catalog.places import MOST_VALUES, Place, Reading, Stop
from abono.domain.catalog.sections import catalog

_PACKAGE = Path(__file__).parents[2]
_CHECKOUT = _PACKAGE.parent / "catalog" / "abono.yaml"
_INSTALLED = _PACKAGE / "shipped" / "abono.yaml"
SHIPPED = _CHECKOUT if _CHECKOUT.exists() else _INSTALLED

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where PyYAML has it

MOST_BYTES = 1_048_576
MOST_DEPTH = 10  # the shipped file needs six


def read(path: Path) -> Catalog:
    """What the catalog file says. Raises CatalogRefused with every problem, at most 50."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        reading = Reading(str(path))
        reading.wrong(1, "file", f"cannot be read: {error.strerror}", "Give the path of a readable file")
        raise _refused(reading) from None
    return parse(data, name=str(path))


def parse(data: bytes, *, name: str) -> Catalog:
    """The same for the bytes of a file; `name` stands in the problems. Raises CatalogRefused."""
    reading = Reading(name)
    found: Catalog | None = None
    try:
        text = _text(data, reading)
        _guard(text, reading)
        node = yaml.compose(text, Loader=_LOADER)
        found = catalog(_top(node, reading))
    except Stop:
        pass
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        reading.wrong(line, "file", f"the character U+{error.character:04X}", "Remove it")
    except yaml.YAMLError as error:
        _syntax(error, reading)
    except (ValueError, OverflowError) as error:  # an escape such as "\UFFFFFFFF", a version of 5,000 digits
        reading.wrong(1, "file", f"not YAML: {str(error)[:200]}", "Look for unusual escapes and directives")
    if reading.problems or found is None:
        raise _refused(reading)
    return found


def _text(data: bytes, reading: Reading) -> str:
    if len(data) > MOST_BYTES:
        _stop(reading, 1, f"larger than {MOST_BYTES:,} bytes", "Use named lists of countries")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _stop(reading, line, "not UTF-8 text", "Save the file as UTF-8")
    if "\0" in text:
        _stop(reading, text.count("\n", 0, text.index("\0")) + 1, "a NUL character", "Remove it")
    return text


def _guard(text: str, reading: Reading) -> None:
    """Refuses what would cost too much to build, and what a catalog never needs, before it is built."""
    depth = 0
    for count, event in enumerate(_events(text), start=1):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, SequenceStartEvent | MappingStartEvent):
            depth += 1
        elif isinstance(event, SequenceEndEvent | MappingEndEvent):
            depth -= 1
        if count > MOST_VALUES:
            _stop(reading, line, f"more than {MOST_VALUES:,} values", "Use named lists of countries")
        if depth > MOST_DEPTH:
            _stop(reading, line, f"nested more than {MOST_DEPTH} deep", "See the shipped catalog")
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            _stop(reading, line, f"a type tag, {tag[:40]}", "Remove it: types are known by their place")
        if isinstance(event, ScalarEvent) and len(event.value) > 2_000:
            _stop(reading, line, "a text of more than 2,000 characters", "Is a quotation mark not closed?")


def _events(text: str) -> Iterator[Event]:
    """Values, aliases, and ends of lists and mappings; neither parser keeps a deep stack."""
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, NodeEvent | SequenceEndEvent | MappingEndEvent):
            yield event


def _top(node: Node | None, reading: Reading) -> Place:
    if node is None:
        _stop(reading, 1, "the file is empty", "Start from the shipped catalog")
    return Place(reading, node, "", node.start_mark.line + 1)


def _syntax(error: yaml.YAMLError, reading: Reading) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")
    column = f", column {mark.column + 1}" if mark else ""
    reading.wrong(
        mark.line + 1 if mark else 1,
        "file",
        f"not YAML: {reason[:200]}{column}",
        "Look at the indentation, colons and brackets of this line and the one before",
    )


def _stop(reading: Reading, line: int, reason: str, mend: str) -> NoReturn:
    reading.wrong(line, "file", reason, mend)
    raise Stop


def _refused(reading: Reading) -> CatalogRefused:
    problems = sorted(reading.problems, key=lambda problem: problem.line)
    return CatalogRefused(reading.file, len(problems), tuple(problems))
