"""One use case is one transaction: all of it happens, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db import connection, transaction

LOCK_TIMEOUT_MS = 5_000  # nobody waits for ever behind a lost lock holder


def use_case[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in a transaction whose waits for locks are bounded.

    Inside another use case it joins that one's transaction.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
            return function(*args, **kwargs)

    return run
