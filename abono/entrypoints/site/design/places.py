"""Countries and time zones to choose from, named in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import get_timezone_location

from abono.domain.customers.rules import COUNTRIES
from abono.kernel.zones import zones
from abono.platform import formats

LOCALE = {"es": "es", "pt-br": "pt_BR", "en": "en"}

type Choices = tuple[tuple[str, str], ...]


@cache
def countries(language: str) -> Choices:
    """The countries that we sell to, by name."""
    return by_name(COUNTRIES, language)


def by_name(codes: Iterable[str], language: str) -> Choices:
    """Countries with their names, in the order of the names."""
    return _by_name((code, formats.country_name(code, language)) for code in codes)


@cache
def time_zones(language: str) -> tuple[tuple[str, Choices], ...]:
    """Time zones of those countries, by country; a zone is called by its best-known city."""
    usable = zones()
    of_country: dict[str, list[tuple[str, str]]] = {code: [] for code in COUNTRIES}
    for zone, country in get_global("zone_territories").items():
        if country in of_country and zone in usable:
            of_country[country].append((zone, city(zone, language)))
    return tuple((name, _by_name(of_country[code])) for code, name in countries(language))


def city(zone: str, language: str) -> str:
    """`America/Sao_Paulo` is São Paulo."""
    named = get_timezone_location(ZoneInfo(zone), locale=LOCALE[language], return_city=True)
    return str(named).rpartition("/")[2]


def _by_name(choices: object) -> Choices:
    return tuple(sorted(choices, key=lambda choice: _plain(choice[1])))  # type: ignore[call-overload]


def _plain(name: str) -> str:
    """Without accents, so that they do not decide the order."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
