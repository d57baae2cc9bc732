"""A database that may forget its commits is not served."""

from __future__ import annotations

import pytest

from abono.platform.postgres import durability


@pytest.mark.django_db
def test_a_durable_database_such_as_that_of_the_tests_is_not_refused() -> None:
    durability.require()


def test_a_database_that_may_lose_commits_is_refused_by_name() -> None:
    with pytest.raises(durability.NotDurable, match="fsync off"):
        durability.judge({"fsync": "off", "full_page_writes": "on"})
    with pytest.raises(durability.NotDurable, match="fsync and full_page_writes off"):
        durability.judge({"fsync": "off", "full_page_writes": "off"})
