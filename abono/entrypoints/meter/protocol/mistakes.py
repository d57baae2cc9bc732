"""What is wrong with an event or a body, in the sentences of every door and in the caller's language (API-3).

msgspec says in English what it expected. It is looked up only where an answer is written that says so.
"""

from __future__ import annotations

import re
from typing import get_args

import msgspec
from django.utils.translation import gettext

from abono.entrypoints.words import mistakes
from abono.flows.usage.facts import End, Use

NOT_JSON, OFFSET = "Not JSON", "Expected `at` within 15:59 hours of UTC"
NO_PARAMETERS, IMPOSSIBLE = "No parameters", "Not possible"
MISSING_FIELD, UNKNOWN_FIELD = "Object missing required field", "Object contains unknown field"
_WORDS = {"outcome": get_args(End.__value__), "use": get_args(Use.__value__)}  # of fields that take few
_WHERE_IT_IS = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`", re.DOTALL)
_SENTENCES = [
    (re.compile(pattern, re.DOTALL), sentence)
    for pattern, sentence in (
        (rf"{MISSING_FIELD}.*", mistakes.MISSING),
        (rf"{UNKNOWN_FIELD}.*", mistakes.NO_FIELD),
        (r"Expected `str[^`]*` of length <= (?P<max_length>\d+)", mistakes.TOO_LONG),
        (r"Expected `str[^`]*` of length >= (?P<min_length>\d+)", mistakes.TOO_SHORT),
        (r"Expected `array[^`]*` of length <= (?P<max_length>\d+)", mistakes.TOO_MANY),
        (r"Expected `array[^`]*` of length >= (?P<min_length>\d+)", mistakes.TOO_FEW),
        (r"Expected `int[^`]*` >= (?P<ge>\d+)", mistakes.AT_LEAST),
        (r"Expected `int[^`]*` <= (?P<le>\d+)", mistakes.AT_MOST),
        (r"Expected `str` matching regex '(?P<pattern>.*)'", mistakes.FORM),
        (r"Expected `str[ `].*", mistakes.TEXT),
        (r"Expected `int[ `].*", mistakes.WHOLE),
        (r"Expected `array[ `].*", mistakes.LIST),
        (r"Expected `object[ `].*", mistakes.OBJECT),
        (r"Expected `datetime.*|Invalid RFC3339 .*", mistakes.MOMENT),
        (r"Expected a line of at most (?P<most>\d+) bytes", mistakes.LINE_TOO_LONG),
        (r"Expected one of (?P<expected>.*)", mistakes.ONE_OF),
        (OFFSET, mistakes.OFFSET),
        (NOT_JSON, mistakes.NOT_JSON),
        (NO_PARAMETERS, mistakes.NO_PARAMETERS),
    )
]


def said(error: msgspec.ValidationError) -> tuple[str, str]:
    """What was expected, as `told` knows it, and where: `$.sends[1].id`."""
    message, _between, where = str(error).partition(" - at ")
    where = where.strip("`") or "$"
    if named := _WHERE_IT_IS.fullmatch(message):
        where = f"{where}.{named[1]}"[:200]
    words = _WORDS.get(where.rpartition(".")[2])
    if words and message.startswith("Invalid enum value"):
        message = "Expected one of '{}'".format("', '".join(words))
    return message, where


def told(message: str) -> str:
    """The same in the active language."""
    for pattern, sentence in _SENTENCES:
        if found := pattern.fullmatch(message):
            return gettext(sentence).format(**found.groupdict())
    return gettext(mistakes.OTHERWISE)
