"""Countries by their ISO 3166-1 codes."""

from __future__ import annotations

from functools import cache

from babel import Locale

# Two-letter codes of the locale data that are no country of the standard: unions, islands without a code of
# their own, private use, "unknown".
_OTHERS = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"]
)


@cache
def codes() -> frozenset[str]:
    """All 249 codes."""
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2) - _OTHERS
