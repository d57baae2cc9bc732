"""The rule book is read whole, its parts are named, and `make rules` says what is proven."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import rulebook
from tools import rules as tool

SEED = ("CAT", "CON", "SEE", "INT", "PKG", "LIM", "LIC", "CHG", "WAL", "PAY", "INV", "FIN", "END", "TIM")
BOOK = """
## 1. Catalog

| # | rule | origin |
| --- | --- | --- |
| CAT-1 | One thing. | S |
| CAT-2 | Two things, and a third (*setting*: 3 h). | S |

- CAT-2: `one` · `the other` · *hours*

## 2. Contracting

| CON-1 | Another. | D |
"""


def marked(test: str, *marks: tuple[str, str | None]) -> Any:
    markers = [
        SimpleNamespace(args=(number,), kwargs={"part": part} if part else {}) for number, part in marks
    ]
    return SimpleNamespace(nodeid=test, iter_markers=lambda name: markers if name == "rule" else [])


@pytest.fixture
def book(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules.md").write_text(BOOK)
    monkeypatch.setattr(rulebook, "FILE", tmp_path / "rules.md")


def test_the_rule_book_is_read_whole() -> None:
    numbers = rulebook.numbers()
    assert len(numbers) == len(set(numbers)) > 100
    assert set(SEED) <= {number.partition("-")[0] for number in numbers}


def test_each_setting_of_a_rule_is_two_parts_of_it() -> None:
    named = {
        number: (rule.settings, sum(part.endswith(": other") for part in rule.parts))
        for number, rule in rulebook.read().items()
    }
    assert {number: counts for number, counts in named.items() if counts[0] > counts[1]} == {}


def test_no_part_is_named_twice() -> None:
    for rule in rulebook.read().values():
        assert sorted(rule.parts) == sorted(set(rule.parts)), rule.number


@pytest.mark.usefixtures("book")
def test_a_rule_with_parts_is_whole_when_each_has_a_test() -> None:
    parts = ["one", "the other", "hours: default", "hours: other"]
    assert rulebook.read()["CAT-2"].parts == parts
    some = [marked("a", ("CAT-2", "one"), ("CAT-2", "hours: other")), marked("b", ("CAT-2", None))]
    half = rulebook.proven_by(some)["CAT-2"]
    assert (half.missing, half.tests) == (["the other", "hours: default"], ["a", "b"])
    every = rulebook.proven_by([marked("a", *[("CAT-2", part) for part in parts])])["CAT-2"]
    assert (every.missing, every.tests) == ([], ["a"])


@pytest.mark.usefixtures("book")
def test_a_mark_without_a_part_is_the_whole_of_a_rule_without_parts() -> None:
    proven = rulebook.proven_by([marked("a", ("CAT-1", None), ("CAT-2", None))])
    assert proven["CAT-1"].missing == []
    assert len(proven["CAT-2"].missing) == 4
    assert proven["CON-1"].missing == ["all of it"]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("mark", "said"), [(("CAT-9", None), r"CAT-9: a\.py::b"), (("CAT-2", "third"), r"CAT-2 third: a\.py::b")]
)
def test_a_rule_or_a_part_that_the_book_does_not_have_is_an_error(
    mark: tuple[str, str | None], said: str
) -> None:
    with pytest.raises(pytest.UsageError, match=said):
        rulebook.proven_by([marked("a.py::b", mark)])


@pytest.mark.usefixtures("book")
def test_the_tool_says_what_is_whole_and_what_is_missing() -> None:
    items = [marked("a", ("CAT-1", None), ("CAT-2", "one")), marked("b", ("CAT-2", "hours: default"))]
    assert list(tool.said(rulebook.proven_by(items).values())) == [
        "CAT-1\twhole\t1\ta",
        "CAT-2\tmissing: the other, hours: other\t2\ta",
        "CON-1\tmissing: all of it\t0\t",
        "",
        "1. Catalog\t1 of 2 whole",
        "2. Contracting\t0 of 1 whole",
        "The book\t1 of 3 whole",
    ]
