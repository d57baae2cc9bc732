"""Text found by its letters, whatever their size and marks: "ferreteria" finds "Ferretería".

PostgreSQL takes the marks off by itself, so that no extension is needed, which only a superuser may create.
"""

from __future__ import annotations

import unicodedata

from django.db.models import F, Func, TextField


class Unmarked(Func):
    """A text without the marks on its letters (Unicode: the combining ones of Latin, Greek and Cyrillic)."""

    template = r"regexp_replace(normalize(%(expressions)s, NFD), '[\u0300-\u036f]', '', 'g')"
    output_field = TextField()

    def __init__(self, field: str) -> None:
        super().__init__(F(field))


def unmarked(text: str) -> str:
    """The same of what somebody typed, without NUL, which no text of the database has."""
    decomposed = unicodedata.normalize("NFD", text.replace("\x00", ""))
    return "".join(letter for letter in decomposed if not "\u0300" <= letter <= "\u036f")
