"""The packages of the catalog file: one ladder of sizes per currency, and its session prices row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from abono.domain.catalog import countries
from abono.domain.catalog.content import ChannelEntry, PackageEntry, SessionPriceEntry
from abono.domain.catalog.places import Place, check_code
from abono.domain.catalog.rules import first_dearer
from abono.domain.catalog.terms import TERMS, cost_of, terms_of
from abono.domain.catalog.types import EVERYWHERE
from abono.kernel.money import CURRENCIES, EXPONENT
from abono.kernel.periods import day_start


@dataclass(frozen=True, slots=True)
class _Known:
    """What a row of prices may speak of."""

    channels: Mapping[str, ChannelEntry]
    lists: Mapping[str, tuple[str, ...]]  # named lists of countries
    zone: str  # in which the days of the file begin


def packages(
    place: Place, *, channels: Mapping[str, ChannelEntry], lists: Mapping[str, tuple[str, ...]], zone: str
) -> tuple[PackageEntry, ...]:
    """Every package of every currency, in the order of the file."""
    known = _Known(channels, lists, zone)
    found: dict[str, PackageEntry] = {}
    for currency, item in place.entries().items():
        if currency not in CURRENCIES:
            item.wrong(
                f"{currency[:40]!r} is not a currency that we know", f"Use one of {', '.join(CURRENCIES)}"
            )
            continue
        for package in _ladder(currency, item, known):
            if package.code in found:
                item.wrong(f"the package {package.code} exists already", "Give each package its own code")
            found[package.code] = package
    if place.given and not found:
        place.wrong("there is no package", "Add at least one")
    return tuple(found.values())


def _ladder(currency: str, place: Place, known: _Known) -> list[PackageEntry]:
    fields = place.fields("from", "sizes", "session_prices")
    sizes = _sizes(fields["sizes"], decimals=EXPONENT[currency])
    since = fields["from"].day()
    columns: list[list[SessionPriceEntry]] = [[] for _ in sizes]
    taken: dict[tuple[str, str, str, datetime], int] = {}
    for row in fields["session_prices"].items():
        _row(row, since, known, columns, taken)
    return [
        PackageEntry(code, currency, value, tuple(sorted(column)))
        for (code, value), column in zip(sizes.items(), columns, strict=True)
    ]


def _sizes(place: Place, *, decimals: int) -> dict[str, int]:
    found: dict[str, int] = {}
    largest = 0
    for code, item in place.entries().items():
        check_code(item, code, longest=30)
        before = item.reading.problems[-1:]
        value = item.scaled(decimals=decimals)
        if item.reading.problems[-1:] == before and value <= largest:
            item.wrong("the sizes do not grow", "Write them from the smallest to the biggest, above 0")
        largest = max(value, largest)
        found[code] = value
    return found


def _row(
    place: Place,
    since: date,
    known: _Known,
    columns: list[list[SessionPriceEntry]],
    taken: dict[tuple[str, str, str, datetime], int],
) -> None:
    """Adds one row of prices to the column of each package."""
    fields = place.fields("channel", "kind", "each", optional=("in", "from", *TERMS, "cost"))
    code = fields["channel"].choice(known.channels.keys())
    channel = known.channels.get(code)
    kind = fields["kind"].choice([kind.code for kind in channel.kinds]) if channel else ""
    terms = terms_of(fields, zone=known.zone)
    day = fields["from"].day() if fields["from"].given else since
    start = day_start(day, terms.zone)
    cost = cost_of(fields["cost"])
    where = _where(place, fields["in"], channel, known.lists)
    prices = _prices(fields["each"], len(columns))
    place.reading.spend(place, len(where) * len(columns))
    for country in where:
        key = code, kind, country, start
        if key in taken:
            place.wrong(
                f"a second price for {code} {kind} in {country} from the same day, first on line {taken[key]}",
                "Keep one of them",
            )
            return
        taken[key] = place.line
        for column, price in zip(columns, prices, strict=True):
            column.append(SessionPriceEntry(code, kind, country, start, price, terms, cost))


def _where(
    place: Place, field: Place, channel: ChannelEntry | None, lists: Mapping[str, tuple[str, ...]]
) -> Collection[str]:
    """The countries of a row: codes, named lists, or everywhere when the channel is priced worldwide."""
    if channel is None:
        return ()
    if not channel.by_country:
        if field.given:
            field.wrong(
                f"{channel.code} is priced worldwide", "Remove `in`: its price is one for all countries"
            )
        return (EVERYWHERE,)
    if not field.given:
        place.wrong(
            f"{channel.code} is priced by country", "Add `in: [BR]`, or a list named under `countries`"
        )
        return ()
    found: dict[str, None] = {}  # keeps order
    for item in field.items() if field.is_list else [field]:
        name = item.scalar()
        if name not in lists and name not in countries.codes():
            item.wrong(
                f"{name[:40]!r} is neither a country code of ISO 3166-1 nor a list under `countries`",
                "Write a code such as BR",
            )
            continue
        for country in lists.get(name, (name,)):
            if country in found:
                item.wrong(f"{country} comes twice in this row", "Keep one of them")
            found[country] = None
    return found


def _prices(place: Place, count: int) -> list[int]:
    """One price for each size in millionths, from the smallest size; a single price serves all."""
    if not place.is_list:
        return [place.scaled(decimals=4) * 100] * count
    problems = len(place.reading.problems)
    items = place.items()
    prices = [item.scaled(decimals=4) * 100 for item in items]
    if len(prices) != count:
        place.wrong(
            f"{len(prices)} prices for {count} sizes", "Write one for each size, or a single one for all"
        )
        return [0] * count
    dearer = first_dearer(prices) if len(place.reading.problems) == problems else None
    if dearer is not None:
        items[dearer].wrong(
            "a bigger package is dearer than the one before it (CAT-3)",
            "Write a price that is lower or equal",
        )
    return prices
