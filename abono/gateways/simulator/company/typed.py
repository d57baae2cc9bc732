"""Checking what a holder typed into the card fields, before anybody asks the issuer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from abono.gateways.simulator.company.cards import brand_of, cvv_length, luhn, practice_card
from abono.gateways.simulator.company.fields import clean
from abono.gateways.simulator.company.once import Json

FIELDS = ("number", "holder", "expiry", "cvv")
LONGEST_HOLDER = 60


def check(typed: Mapping[str, object], *, today: date) -> tuple[Json | None, dict[str, str]]:
    """The card to keep, or what is wrong: field -> name of the text that says so.

    The card is brand, last four digits, holder, expiry and what it does. Number and CVV end here.
    """
    given = {field: str(typed.get(field, "")).strip() for field in FIELDS}
    number = re.sub(r"[\s-]", "", given["number"])
    expiry = _expiry(given["expiry"])
    found = {
        "number": _wrong_number(number),
        "holder": _wrong_holder(given["holder"]),
        "expiry": _wrong_expiry(given["expiry"], expiry, today),
        "cvv": _wrong_cvv(given["cvv"], brand_of(number)),
    }
    errors = {field: wrong for field, wrong in found.items() if wrong}
    known = practice_card(number)
    if errors or expiry is None or known is None:
        return None, errors
    return {
        "brand": brand_of(number),
        "last4": number[-4:],
        "holder": given["holder"],
        "exp_month": expiry[1],
        "exp_year": expiry[0],
        "behaviour": known.behaviour.value,
    }, {}


def _wrong_number(number: str) -> str | None:
    if not number:
        return "number_missing"
    if not re.fullmatch(r"[0-9]{12,19}", number) or not luhn(number):
        return "number_wrong"
    # Somebody may try a card of their own: it must not be kept, not even in part.
    return None if practice_card(number) else "number_real"


def _wrong_holder(holder: str) -> str | None:
    if not holder:
        return "holder_missing"
    if len(holder) > LONGEST_HOLDER or not clean(holder) or re.search(r"\d", holder):
        return "holder_wrong"
    return None


def _wrong_expiry(text: str, expiry: tuple[int, int] | None, today: date) -> str | None:
    if not text:
        return "expiry_missing"
    if expiry is None or expiry[0] > today.year + 20:
        return "expiry_wrong"
    return "expiry_past" if expiry < (today.year, today.month) else None


def _wrong_cvv(cvv: str, brand: str) -> str | None:
    if not cvv:
        return "cvv_missing"
    return None if re.fullmatch(rf"[0-9]{{{cvv_length(brand)}}}", cvv) else "cvv_wrong"


def _expiry(text: str) -> tuple[int, int] | None:
    """(year, month) of 12/27, 12/2027, 12 27 or 1227. A card is good until its month is over."""
    match = re.fullmatch(r"([0-9]{1,2})\s*[/ -]\s*(20[0-9]{2}|[0-9]{2})|([0-9]{2})([0-9]{2})", text)
    if not match:
        return None
    month = int(match[1] or match[3])
    year = int(match[2] or match[4])
    return (year % 100 + 2000, month) if 1 <= month <= 12 else None
