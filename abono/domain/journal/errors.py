from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoBookOfDay(Refusal):
    code = "journal.no_book_of_day"
    kind = Kind.INVALID
    message = _("There is no book of this day: choose one that has begun.")
