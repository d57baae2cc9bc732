"""Names that come twice in an object: of two values nobody can tell which one is meant, and readers differ in which they take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain, cycle
from operator import attrgetter, ne
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

TWICE = "Expected each name once"
_BLANKS = (b" :", b"\t:", b"\n:", b"\r:")


class Names:
    """Looks at bodies of events of one type that were read already, where the last value of a name wins.

    Each name has a colon: a body that has no more of them than what was read has members has each name once. Where
    texts have colons as well, as moments do, those right behind a quotation mark are counted; where that does not
    tell either, which is rare, the body is read anew.
    """

    def __init__(self, one: type[Struct]) -> None:
        described = fields(one)
        self._needed = sum(field.default is NODEFAULT for field in described)
        optional = {field.name: field.default for field in described if field.default is not NODEFAULT}
        self._defaults = tuple(optional.values())
        self._given = attrgetter(*optional) if optional else None  # of one alone it gives no tuple

    def twice(self, body: bytes, events: Sequence[Struct], *, around: int = 0) -> bool:
        """Whether a name comes twice in an object; `around` names stand around the events."""
        members = around + self._needed * len(events)
        if self._given is not None:
            values: Iterable[Any] = map(self._given, events)
            if len(self._defaults) > 1:
                values = chain.from_iterable(values)
            members += sum(map(ne, values, cycle(self._defaults)))
        if body.count(b":") == members:
            return False
        if body.count(b'":') == members and not any(blank in body for blank in _BLANKS):
            return False
        try:
            json.loads(body, object_pairs_hook=_once)
        except _Twice:
            return True
        return False


class _Twice(Exception):
    pass


def _once(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _value in members}) < len(members):
        raise _Twice
