"""Keys of fiscal documents: their forms, what stands in them, and their check digit (INV-11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.fiscal_key import KeyKind, WrongKey, check_digit, read

CITY, DIGIT = st.text("0123456789", min_size=7, max_size=7), st.integers(0, 9)
ISSUER = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=14, max_size=14)


@pytest.mark.rule("INV-11", part="comes back")
@given(CITY, ISSUER, st.integers(1, 10**13 - 1), st.integers(0, 10**9 - 1), DIGIT)
def test_of_all_digits_at_the_end_of_a_key_one_is_right(
    city: str, issuer: str, number: int, code: int, digit: int
) -> None:
    body = f"{city}22{issuer}{number:013d}2606{code:09d}"
    long_hand = sum(
        (ord(c) - 48) * w for c, w in zip(reversed(body), [2, 3, 4, 5, 6, 7, 8, 9] * 7, strict=False)
    )
    right = (11 - long_hand % 11) % 11 % 10  # of 0 and 1 that are left, the digit is 0
    assert check_digit(body) == right
    if digit != right:
        with pytest.raises(WrongKey):
            read(f"{body}{digit}", brazil=True)
        return
    found = read(f"NFS{body}{digit}", brazil=True)
    assert (found.kind, found.number, found.issuer) == (KeyKind.NFSE, str(number), issuer)


@pytest.mark.parametrize(
    ("text", "brazil", "kind", "number", "series"),
    [
        ("1318 1017 9214 2700 0125 6500 1000 0000 3098 8725 1170", True, KeyKind.NFE, "30", "1"),
        ("35503081223412247000110000000600272226088748364133", True, KeyKind.NFSE, "6002722", ""),
        ("5ed98b5c-7a1b-4d2e-9f3a-0c1d2e3f4a5b", False, KeyKind.CFDI, "", ""),
        ("71234567890123", False, KeyKind.OTHER, "", ""),
        (" ", True, KeyKind.NONE, "", ""),
    ],
)
def test_what_stands_in_a_key(text: str, brazil: bool, kind: KeyKind, number: str, series: str) -> None:
    found = read(text, brazil=brazil)
    assert (found.kind, found.number, found.series) == (kind, number, series)


@pytest.mark.parametrize("text", ["5ed98b5c-7a1b-4d2e-9f3a-0c1d2e3f4a5b", "71234567890123", "é", "1" * 50])
def test_an_issuer_in_brazil_has_keys_of_brazil_alone(text: str) -> None:
    with pytest.raises(WrongKey):
        read(text, brazil=True)


def test_a_key_of_any_other_country_is_letters_and_digits() -> None:
    with pytest.raises(WrongKey):
        read("<script>", brazil=False)
