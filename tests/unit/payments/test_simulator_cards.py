"""The simulator's test cards, and what it says of a card that is typed wrongly."""

from __future__ import annotations

from datetime import date

import pytest

from abono.gateways.simulator.company.cards import TEST_CARDS, Behaviour, brand_of, luhn, spaced
from abono.gateways.simulator.company.typed import check
from abono.gateways.simulator.doors.texts import TEXTS

TODAY = date(2026, 11, 23)
GOOD = {"number": "4242 4242 4242 4242", "holder": "Ana Souza", "expiry": "11/26", "cvv": "123"}


def test_every_test_card_has_a_right_check_digit_and_its_own_number() -> None:
    assert [card.number for card in TEST_CARDS if not luhn(card.number)] == []
    assert len({card.number for card in TEST_CARDS}) == len(TEST_CARDS)


def test_there_is_a_test_card_for_every_behaviour() -> None:
    assert {card.behaviour for card in TEST_CARDS} == set(Behaviour)


@pytest.mark.parametrize("place", range(16))
def test_every_single_wrong_digit_is_found(place: int) -> None:
    number = "4242424242424242"
    others = [str(digit) for digit in range(10) if str(digit) != number[place]]
    assert not any(luhn(number[:place] + digit + number[place + 1 :]) for digit in others)


@pytest.mark.parametrize(
    ("number", "brand", "shown"),
    [
        ("4242424242424242", "visa", "4242 4242 4242 4242"),
        ("5555555555554444", "mastercard", "5555 5555 5555 4444"),
        ("6363680000000015", "elo", "6363 6800 0000 0015"),
        ("378282246310005", "amex", "3782 822463 10005"),
        ("4389350000000000", "elo", "4389 3500 0000 0000"),  # Elo lies in ranges of Visa too
    ],
)
def test_the_first_digits_name_the_brand(number: str, brand: str, shown: str) -> None:
    assert (brand_of(number), spaced(number)) == (brand, shown)


@pytest.mark.rule("WAL-2")
def test_of_a_typed_card_neither_number_nor_cvv_is_left() -> None:
    card, errors = check(GOOD, today=TODAY)
    assert errors == {}
    assert card == {
        "brand": "visa",
        "last4": "4242",
        "holder": "Ana Souza",
        "exp_month": 11,
        "exp_year": 2026,
        "behaviour": "paid",
    }


@pytest.mark.parametrize(
    ("field", "text", "wrong"),
    [
        ("number", "", "number_missing"),
        ("number", "4242 4242 4242 4241", "number_wrong"),
        ("number", "4242", "number_wrong"),
        ("number", "0" * 40, "number_wrong"),
        ("number", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "number_wrong"),
        ("number", "4111 1111 1111 1111", "number_real"),
        ("holder", " ", "holder_missing"),
        ("holder", "4242 4242 4242 4242", "holder_wrong"),
        ("holder", "Ana\x00", "holder_wrong"),
        ("holder", "A" * 61, "holder_wrong"),
        ("expiry", "", "expiry_missing"),
        ("expiry", "13/29", "expiry_wrong"),
        ("expiry", "soon", "expiry_wrong"),
        ("expiry", "08/99", "expiry_wrong"),
        ("expiry", "10/26", "expiry_past"),
        ("cvv", "", "cvv_missing"),
        ("cvv", "12", "cvv_wrong"),
        ("cvv", "1234", "cvv_wrong"),
        ("cvv", "12x", "cvv_wrong"),
    ],
)
def test_each_mistake_has_its_own_text(field: str, text: str, wrong: str) -> None:
    card, errors = check({**GOOD, field: text}, today=TODAY)
    assert card is None
    assert errors == {field: wrong}


@pytest.mark.parametrize("text", ["11/26", "11/2026", "1126", "11 26", "11-26"])
def test_a_card_is_good_until_its_month_is_over(text: str) -> None:
    card, _errors = check({**GOOD, "expiry": text}, today=date(2026, 11, 30))
    assert card is not None
    _card, errors = check({**GOOD, "expiry": text}, today=date(2026, 12, 1))
    assert errors == {"expiry": "expiry_past"}


def test_american_express_has_four_digits_more() -> None:
    amex = {**GOOD, "number": "3782 822463 10005"}
    assert check(amex, today=TODAY)[1] == {"cvv": "cvv_wrong"}
    assert check({**amex, "cvv": "1234"}, today=TODAY)[1] == {}


@pytest.mark.parametrize("typed", [{}, {"number": None}, {"number": ["4"]}, {"number": {"a": 1}, "cvv": 7}])
def test_fields_of_other_kinds_are_mistakes_too(typed: dict[str, object]) -> None:
    card, errors = check(typed, today=TODAY)
    assert card is None
    assert set(errors) == {"number", "holder", "expiry", "cvv"}


@pytest.mark.rule("LNG-1")
def test_every_text_of_the_card_fields_exists_in_three_languages() -> None:
    assert set(TEXTS) == {"es", "pt-br", "en"}
    assert {frozenset(words) for words in TEXTS.values()} == {frozenset(TEXTS["en"])}
    assert all(text for words in TEXTS.values() for text in words.values())
