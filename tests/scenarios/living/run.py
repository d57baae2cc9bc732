"""Lives books at random on a database of its own, and says where the two ways part."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from django.db import connection, transaction
from django.test import override_settings

from abono.domain.payments import registry
from tests import hashers
from tests.fixtures import IN_MEMORY, PUSHED
from tests.scenarios.living.book import OF_A_CAST, Cast, Tally, forget
from tests.simulation.world import database
from tests.world import load_catalog

MOST_FAILURES = 20


def live(process: int, seeds: Sequence[int]) -> Tally:
    """The books of the seeds; what goes wrong is told at once, and how many there were after each cast."""
    hashers.make_fast()
    tally = Tally()
    with database(process):
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
        load_catalog()
        began = time.perf_counter()
        for number, block in groupby(seeds, lambda seed: seed // OF_A_CAST):
            _live(number, list(block), tally)
            counted = f"{tally.books:,} of {len(seeds):,} books, {tally.renewed:,} renewals"
            text = f"{counted}, {len(tally.failures)} differences, {time.perf_counter() - began:,.0f} s"
            print(f"process {process}: {text}", file=sys.stderr, flush=True)
            if len(tally.failures) >= MOST_FAILURES:
                break
    return tally


def _live(number: int, seeds: Sequence[int], tally: Tally) -> None:
    """Those of one cast."""
    seed = seeds[0]
    try:
        with _taken_back(), _gateways():
            cast = Cast(number, registry.gateway("simulator"))
            for seed in seeds:
                try:
                    cast.live(seed, tally)
                except Exception as wrong:
                    _tell(seed, wrong, tally)
    except Exception as wrong:
        _tell(seed, wrong, tally)


def _tell(seed: int, wrong: Exception, tally: Tally) -> None:
    told = "".join(traceback.format_exception(wrong, limit=-6))
    tally.failures.append(f"{told}again: python -m tests.scenarios.living --replay {seed}")
    print(f"\n{tally.failures[-1]}\n", file=sys.stderr, flush=True)


@contextmanager
def _gateways() -> Iterator[None]:
    """Those in memory, which know nothing yet."""
    with override_settings(GATEWAYS=IN_MEMORY, PUSH_GATEWAYS=PUSHED):
        registry.gateway.cache_clear()
        yield
    registry.gateway.cache_clear()


@contextmanager
def _taken_back() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        forget()
