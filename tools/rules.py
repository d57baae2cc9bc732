"""`make rules`: for each rule its number, `whole` or the parts that no test proves, how many tests carry it, and one of
them; then how many are whole in each part of the book. From collection alone."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from tests import rulebook
from tests.rulebook import Rule


class Collected:
    """Keeps what pytest found, and what it could not load."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []
        self.failed: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid}\n{report.longreprtext}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = session.items


def main() -> int:
    found = Collected()
    quiet = [
        "--collect-only",
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=--strict-markers",
    ]
    code = pytest.main([*quiet, "--import-mode=importlib"], plugins=[found])
    if found.failed or code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        print("\n".join(found.failed) or f"pytest ended with {code!r}", file=sys.stderr)
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in said(rulebook.proven_by(found.items).values())))
    return 0


def said(rules: Iterable[Rule]) -> Iterator[str]:
    """A line for each rule, an empty one, and a line for each part of the book: whole rules of all."""
    whole: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for rule in rules:
        every[rule.title] += 1
        whole[rule.title] += not rule.missing
        state = "missing: " + ", ".join(rule.missing) if rule.missing else "whole"
        yield "\t".join([rule.number, state, str(len(rule.tests)), rule.tests[0] if rule.tests else ""])
    yield ""
    yield from (f"{title}\t{whole[title]} of {count} whole" for title, count in every.items())
    yield f"The book\t{whole.total()} of {every.total()} whole"


if __name__ == "__main__":
    sys.exit(main())
