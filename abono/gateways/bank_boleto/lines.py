"""The lines of a bank's file, one after the other, and the fields in them: nothing is believed of a file that is not whole.

A file has lines of their full length, or has lost the blanks at their ends on its way; a line that is shorter must have its
line end, so that a cut never goes unseen. Latin-1, with either line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from abono.domain.payments.ports.push import BadFile
from abono.kernel.errors import Sentence, _

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f]")
_END_OF_FILE = b"\x1a"  # some banks still write it behind the last line


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, the `number`-th, from 1; `width` positions make one, should `text` be several together."""

    number: int
    text: str
    width: int

    def word(self, where: slice) -> str:
        return self.text[where].strip()

    def count(self, where: slice) -> int:
        """The number that stands there. Raises BadFile."""
        said = self.text[where]
        if not (said.isascii() and said.isdigit()):
            raise self.bad(where, Sentence(_("digits"), {}))
        return int(said)

    def day(self, where: slice) -> date | None:
        """DDMMYYYY, or DDMMYY of this century; None for zeros or blanks. Raises BadFile."""
        said = self.text[where]
        if not said.strip(" 0"):
            return None
        self.count(where)
        try:
            return date(int(said[4:]) % 2000 + 2000, int(said[2:4]), int(said[:2]))
        except ValueError:
            raise self.bad(where, Sentence(_("a day"), {})) from None

    def bad(self, where: slice, right: Sentence | str) -> BadFile:
        lines, first = divmod(where.start, self.width)
        last = where.stop - lines * self.width
        found = Sentence(
            _("{text} at {first} to {last}, not {right}"),
            {"text": repr(self.text[where]), "first": first + 1, "last": last, "right": right},
        )
        return BadFile("layout", self.number + lines, found)


def lines(content: bytes, length: int) -> Iterator[Line]:
    """Each line of a file, in full length. Raises BadFile at the first that is none."""
    size = len(content) - content.endswith(_END_OF_FILE)
    whole, number, start = _first_length(content) == length, 0, 0
    while start < size:
        end = content.find(b"\n", start, size)
        number, last = number + 1, end < 0
        text = content[start : size if last else end].decode("latin-1").removesuffix("\r")
        start = size if last else end + 1
        if len(text) != length and (whole or last or len(text) > length or text[-1:] in ("", " ")):
            found = Sentence(_("{count} positions, not {length}"), {"count": len(text), "length": length})
            raise BadFile("cut" if last else "layout", number, found)
        odd = None if text.isascii() and text.isprintable() else _NO_TEXT.search(text)
        if odd:
            found = Sentence(
                _("{text} at {first}, which no text has"), {"text": repr(odd[0]), "first": odd.start() + 1}
            )
            raise BadFile("layout", number, found)
        yield Line(number, text.ljust(length), length)


def first(content: bytes) -> str:
    """The first line, at most so much of it as a file has; empty for an empty file."""
    return content[:400].decode("latin-1").partition("\n")[0].removesuffix("\r")


def _first_length(content: bytes) -> int:
    end = content.find(b"\n")
    return len(content[: end if end >= 0 else len(content)].removesuffix(b"\r"))
