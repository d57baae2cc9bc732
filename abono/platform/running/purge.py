"""Removing what is old, so many rows at a time: no statement is long, and whoever is told to stop stops in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from abono.platform.running import stopping

BATCH = 1_000  # rows
MOST = 200_000  # of a kind in one night; what is left goes in the next

log = logging.getLogger(__name__)


def in_batches(what: str, some: Callable[[int], int]) -> int:
    """Remove what is old. Returns how many rows went, which is logged too.

    what   in the log
    some   removes at most so many rows and says how many, each time in a transaction of its own
    """
    gone = 0
    while gone < MOST and not stopping.told():
        last = some(BATCH)
        gone += last
        if last < BATCH:
            break
    if gone:
        log.info("%s: %s rows removed", what, gone)
    return gone


def rows(what: str, old: QuerySet[Model]) -> int:
    """Remove the rows of a query; what hangs on them goes along and is not counted."""

    def some(most: int) -> int:
        keys = list(old.values_list("pk", flat=True)[:most])
        old.model._default_manager.filter(pk__in=keys).delete()
        return len(keys)

    return in_batches(what, some)


def by_statement(what: str, delete: str, values: Mapping[str, Any]) -> int:
    """Remove by a statement that takes `%(most)s` as its limit."""

    def some(most: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(delete, {**values, "most": most})
            return int(cursor.rowcount)

    return in_batches(what, some)
