"""The shipped catalog, and small changes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from abono.domain.catalog import actions, reader
from abono.domain.catalog.content import Catalog, PackageEntry, SessionPriceEntry
from abono.domain.catalog.reader import SHIPPED
from tests.remembered import remembered

SHIPPED_CATALOG = reader.read(SHIPPED)
JUNE_1 = datetime(2026, 6, 1, 12, tzinfo=UTC)
JULY_1 = datetime(2026, 7, 1, 12, tzinfo=UTC)
AUGUST_1 = datetime(2026, 8, 1, 12, tzinfo=UTC)


@remembered
def sell_shipped() -> None:
    """From 1 June on."""
    actions.apply(catalog=SHIPPED_CATALOG, actor="person:olga", now=JUNE_1)


def with_plan(code: str, catalog: Catalog = SHIPPED_CATALOG, **changes: Any) -> Catalog:
    plans = tuple(replace(plan, **changes) if plan.code == code else plan for plan in catalog.plans)
    return replace(catalog, plans=plans)


def with_package(code: str, catalog: Catalog = SHIPPED_CATALOG, **changes: Any) -> Catalog:
    packages = tuple(replace(entry, **changes) if entry.code == code else entry for entry in catalog.packages)
    return replace(catalog, packages=packages)


def package(code: str, catalog: Catalog = SHIPPED_CATALOG) -> PackageEntry:
    return next(entry for entry in catalog.packages if entry.code == code)


def with_price(
    code: str, price_micro: int, *, since: datetime, country: str = "BR", catalog: Catalog = SHIPPED_CATALOG
) -> Catalog:
    """The package with one more row for an SMS."""
    row = SessionPriceEntry("sms", "message", country, since, price_micro)
    return with_package(code, catalog, prices=tuple(sorted((*package(code, catalog).prices, row))))


def without(catalog: Catalog, *, plan: str = "", package: str = "") -> Catalog:
    return replace(
        catalog,
        plans=tuple(entry for entry in catalog.plans if entry.code != plan),
        packages=tuple(entry for entry in catalog.packages if entry.code != package),
    )
