"""`make rules`: for each rule its number, how many tests carry it, and the id of one; from collection alone."""

from __future__ import annotations

import sys

import pytest

from tests import rulebook


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
    proven = rulebook.proven_by(found.items)
    lines = [
        "\t".join([number, str(len(tests)), tests[0] if tests else ""]) for number, tests in proven.items()
    ]
    sys.stdout.write("".join(line + "\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
