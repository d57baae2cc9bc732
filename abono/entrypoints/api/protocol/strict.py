"""Nothing that was sent is passed over: what we do not know is refused, with the nearest that we do know."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja.parser import Parser

from abono.entrypoints.words import mistakes
from abono.kernel.errors import _
from abono.platform.web import problems
from abono.platform.web.problems import Problem

JSON = "application/json"
_MOST_DIGITS = 30  # of a whole number that is written with a point or an exponent


class JsonParser(Parser):
    """Bodies are JSON in UTF-8 and say so. A name comes once in an object; `25291.0` is the whole number that it is."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != JSON:
            raise problems.wrong_content_type(JSON)
        return json.loads(
            request.body.decode(), object_pairs_hook=_once, parse_float=_number, parse_constant=_no_number
        )


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that comes twice nobody can tell which one is meant. Raises Problem (422)."""
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _value in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise problems.invalid([{"where": f"body.{twice}"[:80], "message": gettext("This comes twice.")}])
    return found


def _number(text: str) -> int | Decimal:
    """As it is written: JSON has one kind of number, so 25291.0 and 2.5291e4 are 25291. Nothing is rounded on the way."""
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent beyond counting
        raise problems.not_json() from None
    if number.is_finite() and number.adjusted() < _MOST_DIGITS and number == number.to_integral_value():
        return int(number)
    return number


def _no_number(_text: str) -> Any:
    """Infinity and NaN are not JSON. Raises Problem (400)."""
    raise problems.not_json()


def unknown_parameters(request: HttpRequest, known: Iterable[str]) -> Problem | None:
    """What of an address's query it does not know, or knows once and was given twice; None when all is well."""
    names = list(known)
    mistakes = []
    for name, values in request.GET.lists():
        if name not in names:
            mistakes.append({"where": f"query.{name}"[:80], "message": _no_such(name, names)})
        elif len(values) > 1:
            mistakes.append({"where": f"query.{name}", "message": gettext("This comes twice.")})
    return problems.invalid(mistakes) if mistakes else None


def _no_such(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=1)
    if near:
        return gettext(_("There is no such parameter. Did you mean {name}?")).format(name=near[0])
    if names:
        return gettext(_("There is no such parameter. There are: {names}")).format(names=", ".join(names))
    return gettext(mistakes.NO_PARAMETERS)
