"""The digits of a slip as FEBRABAN defines them: what must hold of a bar code and of the line that people type (PAY-4).

Written apart from the library that makes the numbers, so that the one can contradict the other. A due date becomes a
factor; a factor is never read back, since it stands for two dates.
"""

from __future__ import annotations

import re
from datetime import date

FIRST_DAY, SECOND_COUNT, LAST_DAY = date(1997, 10, 7), date(2025, 2, 22), date(2049, 10, 13)
"""The factor counts days from the first; on the second it began anew, at 1000; on the last it is 9999 once more."""

MOST_MINOR = 9_999_999_999
"""Centavos: the largest amount of the ten digits that a bar code has for it."""


class WrongDigits(ValueError):
    """A bar code or a line that no bank would take, or that says something else than it should. Says what."""


def mod10(digits: str) -> int:
    """The check digit of a field of the line: times 2 and 1 in turn from the right, the digits of each product added."""
    products = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return -sum(product // 10 + product % 10 for product in products) % 10


def mod11(digits: str) -> int:
    """The check digit of a bar code: times 2 to 9 in turn from the right; what would be 0, 10 or 11 is 1."""
    rest = 11 - sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(digits))) % 11
    return rest if rest < 10 else 1


def due_factor(day: date) -> str:
    """The four digits that say when a slip is due. Raises ValueError outside of FIRST_DAY to LAST_DAY."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"no factor stands for {day}")
    since = (day - SECOND_COUNT).days
    return f"{since + 1000 if since >= 0 else (day - FIRST_DAY).days:04d}"


def line_of(bar_code: str) -> str:
    """The 47 digits to type, as slips print them, of the 44 of a bar code: `34191.09123 34567.830814 …`. Raises WrongDigits."""
    _check_bar_code(bar_code)
    free = bar_code[19:]
    fields = (f"{field}{mod10(field)}" for field in (bar_code[:4] + free[:5], free[5:15], free[15:]))
    return " ".join([*(f"{field[:5]}.{field[5:]}" for field in fields), bar_code[4], bar_code[5:19]])


def bar_code_of(line: str) -> str:
    """The 44 digits of the bar code, of a line with or without its points and blanks. Raises WrongDigits."""
    digits = re.sub(r"[. ]", "", line)
    if not re.fullmatch("[0-9]{47}", digits):
        raise WrongDigits(f"a line has 47 digits, not {len(digits)}")
    fields = (digits[:10], digits[10:21], digits[21:32])
    for number, field in enumerate(fields, start=1):
        if mod10(field[:-1]) != int(field[-1]):
            raise WrongDigits(
                f"check digit of field {number} of the line: {field[-1]}, not {mod10(field[:-1])}"
            )
    first, second, third = (field[:-1] for field in fields)
    bar_code = first[:4] + digits[32:] + first[4:] + second + third
    _check_bar_code(bar_code)
    return bar_code


def check(bar_code: str, line: str, *, bank: str, amount_minor: int, due_date: date) -> None:
    """Raises WrongDigits unless both say the same, with right check digits, of this bank, amount (centavos) and day."""
    if bar_code_of(line) != bar_code:
        raise WrongDigits("the line says another bar code")
    for what, found, right in (
        ("bank and currency", bar_code[:4], f"{bank}9"),
        ("due date", bar_code[5:9], due_factor(due_date)),
        ("amount", bar_code[9:19], f"{amount_minor:010d}"),
    ):
        if found != right:
            raise WrongDigits(f"{what}: {found}, not {right}")


def _check_bar_code(bar_code: str) -> None:
    if not re.fullmatch("[0-9]{44}", bar_code):
        raise WrongDigits(f"a bar code has 44 digits, not {len(bar_code)}")
    if bar_code[0] == "8":
        raise WrongDigits("a bill of taxes or utilities, not a bank's slip")
    right = mod11(bar_code[:4] + bar_code[5:])
    if int(bar_code[4]) != right:
        raise WrongDigits(f"check digit of the bar code: {bar_code[4]}, not {right}")
