"""Rules about the code itself that no ready-made linter knows."""

from __future__ import annotations

import ast
import gc
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [file for file in sorted((ROOT / "abono").rglob("*.py")) if "migrations" not in file.parts]

LINES_MAX = 400
FUNCTION_LINES_MAX = 60
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "service", "services", "base"}
NAMED_BY_DJANGO = {"abono/platform/postgres/engine/base.py"}
BANNED_WORDS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
CLOCK = {"now", "today", "utcnow", "localtime", "localdate", "time", "time_ns"}
CLOCK_OWNERS = {"datetime", "date", "timezone", "time", "datetime.datetime", "datetime.date"}
CLOCK_READERS = (
    "abono/platform/clock.py",
    "abono/kernel/ids.py",  # ids begin with a moment that orders rows and decides nothing
    "abono/gateways/stripe/adapter.py",  # how long ago Stripe asked somebody to confirm, by its own moment
    "abono/gateways/simulator/",  # stands for another company's machine, with a clock of its own
)


@cache
def nodes() -> dict[type[ast.AST], list[tuple[str, ast.AST]]]:
    """Every node of every file with its place, by its kind."""
    kinds: dict[type[ast.AST], list[tuple[str, ast.AST]]] = defaultdict(list)
    gc.disable()  # all of it stays: rubbish is neither looked for among it now nor afterwards
    for file in FILES:
        where = name(file)
        for node in ast.walk(ast.parse(file.read_text())):
            kinds[type(node)].append((f"{where}:{getattr(node, 'lineno', 0)}", node))
    gc.freeze()
    gc.enable()
    return kinds


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def found(*kinds: type[ast.AST], under: str = "abono/") -> Iterator[tuple[str, ast.AST]]:
    """Every node of these kinds in the files under a folder, with its place."""
    for kind in kinds:
        yield from ((place, node) for place, node in nodes()[kind] if place.startswith(under))


def test_files_are_short() -> None:
    """Split a longer one by subject."""
    assert [name(file) for file in FILES if file.read_text().count("\n") > LINES_MAX] == []


def test_files_are_named_for_what_they_are_about() -> None:
    named = [name(file) for file in FILES if BANNED_NAMES & {file.stem, file.parent.name}]
    assert set(named) == NAMED_BY_DJANGO


def test_nothing_is_left_for_later() -> None:
    assert [(name(file), word) for file in FILES for word in BANNED_WORDS if word in file.read_text()] == []


def test_a_function_fits_on_a_screen() -> None:
    def length(node: ast.AST) -> int:
        return int(getattr(node, "end_lineno", 0)) - int(getattr(node, "lineno", 0)) + 1

    functions = found(ast.FunctionDef, ast.AsyncFunctionDef)
    assert [(place, length(node)) for place, node in functions if length(node) > FUNCTION_LINES_MAX] == []


@pytest.mark.rule("TIM-1", part="doors read once")
def test_only_the_clock_reads_the_clock() -> None:
    """Rules and use cases are handed `now`; entrypoints ask `platform.clock` once."""
    reads = [
        place
        for place, node in found(ast.Attribute)
        if isinstance(node, ast.Attribute) and node.attr in CLOCK and ast.unparse(node.value) in CLOCK_OWNERS
    ]
    assert [place for place in reads if not place.startswith(CLOCK_READERS)] == []


DATABASE_CLOCK = re.compile(
    r"(?<!clock\.)\bnow\(\)|\b(current_(timestamp|date|time)|localtime(stamp)?|(clock|statement|transaction)_timestamp)\b",
    re.IGNORECASE,
)
ASKS_THE_DATABASE = {  # when something was written down, by which nothing is decided
    "abono/domain/interactions/sql/schema_v1.sql": 1,  # an event that came too late was kept
    "abono/domain/metering/actions.py": 1,  # a notice of a threshold was made
    "abono/domain/uncovered/sql/schema_v1.sql": 2,  # a send or a refusal was kept
}


@pytest.mark.rule("TIM-1", part="an argument")
def test_no_rule_asks_the_database_what_time_it_is() -> None:
    """Nor has a moment that decides something a value of its own, where nobody says it."""
    rooms = [ROOT / "abono" / room for room in ("kernel", "domain", "flows")]
    asked = {
        name(file): len(DATABASE_CLOCK.findall(file.read_text()))
        for room in rooms
        for file in (*room.rglob("*.py"), *room.rglob("*.sql"))
        if "migrations" not in file.parts
    }
    assert {file: count for file, count in asked.items() if count} == ASKS_THE_DATABASE
    assumed = [
        f"{place} {node.name}"
        for room in ("kernel", "domain", "flows")
        for place, node in found(ast.FunctionDef, under=f"abono/{room}/")
        if isinstance(node, ast.FunctionDef)
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if argument.arg in ("now", "at", "moment") and default is not None
    ]
    assert assumed == []


@pytest.mark.rule("TIM-5", part="one function")
def test_one_function_says_when_a_local_day_starts() -> None:
    """Nobody else makes a moment of a wall clock's time in a zone; the database is never asked to."""
    makers = {
        name(file)
        for file in FILES
        if not name(file).startswith("abono/demo/")  # people of the demo open their shops at nine
        and ".combine(" in (text := file.read_text())
        and "ZoneInfo(" in text
    }
    assert makers == {"abono/kernel/periods.py"}
    zones = re.compile(r"at\s+time\s+zone|date_trunc|timezone\s*\(", re.IGNORECASE)
    assert [str(file) for file in (ROOT / "abono").rglob("*.sql") if zones.search(file.read_text())] == []


def test_the_kernel_has_no_floats() -> None:
    """Divide with // and say how it rounds."""
    floats = [
        place
        for place, node in found(ast.Constant, under="abono/kernel/")
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    divisions = [
        place
        for place, node in found(ast.BinOp, ast.AugAssign, under="abono/kernel/")
        if isinstance(getattr(node, "op", None), ast.Div)
    ]
    assert floats + divisions == []


def test_money_and_credit_never_become_floats() -> None:
    assert [
        place
        for under in ("abono/kernel/", "abono/domain/", "abono/flows/", "abono/entrypoints/")
        for place, node in found(ast.Call, under=under)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "float"
    ] == []


def test_an_entrypoint_runs_no_query_and_opens_no_transaction() -> None:
    """It asks a query of the domain, or calls one use case."""
    attributes = found(ast.Attribute, under="abono/entrypoints/")
    forbidden = {"objects", "atomic"}
    assert [place for place, node in attributes if getattr(node, "attr", "") in forbidden] == []


def test_models_hold_no_hidden_behaviour() -> None:
    """No logic in save() or delete(), no default ordering, and nothing is deleted by itself."""
    wrong = []
    for place, node in found(ast.FunctionDef, ast.Attribute, ast.Assign):
        if "/models.py:" in place:
            if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}:
                wrong.append((place, node.name))
            if isinstance(node, ast.Attribute) and node.attr == "CASCADE":
                wrong.append((place, "CASCADE"))
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ordering":
                wrong.append((place, "ordering"))
    assert wrong == []


def test_there_are_no_signals() -> None:
    """Call it by name."""
    imports = found(ast.ImportFrom)
    assert [place for place, node in imports if "signals" in (getattr(node, "module", "") or "")] == []


def test_every_domain_package_says_what_it_owns() -> None:
    packages = [apps.parent for apps in (ROOT / "abono" / "domain").glob("*/apps.py")]
    assert packages
    assert [package.name for package in packages if not (package / "README.md").exists()] == []


def test_texts_are_marked_by_names_that_the_extraction_knows() -> None:
    """xgettext finds calls of `_` and of gettext's own names; under another name a text stays English for ever."""
    renamed = [
        f"{place}: {alias.name} as {alias.asname}"
        for place, node in found(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if "gettext" in alias.name and alias.asname not in (None, "_")
    ]
    assert renamed == []
