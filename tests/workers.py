"""How tests are shared out among processes: `pytest -n auto`, as make does it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# What stays together, in order, on one process: because it is dear to prepare (a stand-in of another company, the process
# that programs are forked from), takes fixed ports or whole servers, or has an event loop that nothing else may meet.
GROUPS = {
    "tests/e2e/": "browser",
    "tests/entrypoints/site/test_style_page.py": "browser of the style page",
    "tests/contract/test_card_frame.py": "browser of the card fields",
    "tests/contract/": "other companies",
    "tests/demo/": "demo",
    "tests/architecture/": "all that the code says",
    "tests/installed/": "installed",
    "tests/platform/postgres/test_postgres.py": "servers",
    "tests/upgrades/": "programs",
    "tests/config/test_unsafe.py": "programs",
    "tests/concurrency/test_server_crash.py": "programs",
    "tests/concurrency/test_database_away.py": "programs",
    "tests/concurrency/test_worker_process.py": "programs",
    "tests/concurrency/test_paid_writes_crash.py": "programs",
    "tests/concurrency/test_meter_process.py": "programs",
    "tests/concurrency/test_bank_files.py": "programs",
    "tests/concurrency/test_stream_process.py": "programs",
    "tests/concurrency/test_slow_bodies.py": "programs",
    "tests/concurrency/test_slow_gateway.py": "programs",
    "tests/concurrency/test_one_message.py": "programs",
    "tests/concurrency/test_behind_proxies.py": "programs",
    "tests/concurrency/test_logs_of_a_story.py": "programs",
    "tests/concurrency/test_take_over.py": "programs",
    "tests/concurrency/test_zone_rules.py": "programs",
}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Four at least, and as many as there are processors: a test often waits, for its server, a browser or another process.

    None for a file or two by hand, which a worker would only make wait.
    """
    files = [arg.partition("::")[0] for arg in config.args]
    if len(files) <= 2 and all(Path(file).is_file() for file in files):
        return 0
    return max(4, len(os.sched_getaffinity(0)))


class _Groups(LoadScopeScheduling):
    """Groups begin first, the largest before others. All other tests go one by one to whoever is free.

    Not by the marks that xdist has for it: it writes them into a place where pytest no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((group for start, group in GROUPS.items() if nodeid.startswith(start)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Groups:
    return _Groups(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        # The longest begin first: at the end no process waits for a long test of another.
        items.sort(key=_may_take_s, reverse=True)


def _may_take_s(item: pytest.Item) -> float:
    """What the test is given: only the longest ask for more than all others."""
    mark = item.get_closest_marker("timeout")
    return mark.args[0] if mark else float(item.config.getini("timeout"))
