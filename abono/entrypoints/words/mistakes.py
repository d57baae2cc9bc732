"""What can be wrong with one part of a request, and how to mend it: the same sentences at every door (API-3)."""

from __future__ import annotations

from abono.kernel.errors import _

MISSING = _("This is missing.")
NO_FIELD = _("There is no such field.")
NO_PARAMETERS = _("This address has no parameters.")
TEXT = _("Write a text.")
TOO_LONG = _("Write at most {max_length} characters.")
TOO_SHORT = _("Write at least {min_length} characters.")
TOO_MANY = _("Write at most {max_length} of these.")
TOO_FEW = _("Write at least {min_length} of these.")
FORM = _("This is not of the right form: {pattern}")
LIKE = _("This is not of the right form. Write it like {example}.")
WHOLE = _("Write a whole number.")
AT_LEAST = _("Write {ge} or more.")
AT_MOST = _("Write {le} or less.")
ONE_OF = _("Write one of these: {expected}")
SEEN = _("Write it in one line, with characters that can be seen.")
YES_OR_NO = _("Write true or false.")
OFFSET = _("No place is more than 15:59 hours away from UTC.")
MOMENT = _("Write a moment with its time zone, as in 2026-06-01T00:00:00Z.")
DAY = _("Write a day, as in 2026-06-01.")
BEFORE = _("Write a moment after “since”.")
OBJECT = _("Write an object.")
LIST = _("Write a list.")
ADDRESS = _("Write an IP address, as in 203.0.113.7.")
NOT_JSON = _("This is not JSON.")
LINE_TOO_LONG = _("Write a line of at most {most} bytes.")
OTHERWISE = _("This value is not possible.")
