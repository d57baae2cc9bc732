"""The one row that a unique key names."""

from __future__ import annotations

from django.db.models import Model, QuerySet


def sole[M: Model, T](rows: QuerySet[M, T]) -> T | None:
    """It, or None. As `first()`, without the order that is asked for there: of one row that is work for nothing."""
    return next(iter(rows), None)
