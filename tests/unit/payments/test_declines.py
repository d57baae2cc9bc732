"""Each code of each system leads to one of the six hints, and says who may try again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files

import pytest

from abono.domain.payments.declines import decline
from abono.domain.payments.ports.port import Decline, Hint, Retry


def rows() -> Iterator[dict[str, str]]:
    text = (files("abono.domain.payments") / "data" / "declines.csv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


@pytest.mark.rule("WAL-6", part="every code leads there")
@pytest.mark.parametrize(
    ("system", "brand", "code", "hint"),
    [
        ("abecs", "visa", "14", Hint.NUMBER),
        ("abecs", "elo", "54", Hint.EXPIRY),
        ("abecs", "visa", "N7", Hint.CVV),
        ("abecs", "mastercard", "63", Hint.CVV),
        ("abecs", "amex", "200", Hint.ONLINE),
        ("abecs", "visa", "51", Hint.BALANCE),
        ("abecs", "elo", "05", Hint.ISSUER),
        ("stripe", "visa", "expired_card", Hint.EXPIRY),
        ("stripe", "*", "incorrect_cvc", Hint.CVV),
        ("mercadopago", "elo", "cc_rejected_insufficient_amount", Hint.BALANCE),
    ],
)
def test_a_code_leads_to_what_the_holder_should_check(system: str, brand: str, code: str, hint: Hint) -> None:
    assert decline(system=system, code=code, brand=brand).hint is hint


def test_the_same_code_may_mean_other_things_on_other_brands() -> None:
    # 57 is final on Visa; on Mastercard the holder can have the card enabled and try again.
    assert decline(system="abecs", code="57", brand="visa").retry is Retry.NEVER
    assert decline(system="abecs", code="57", brand="mastercard").retry is Retry.CUSTOMER


def test_without_a_brand_an_answer_stands_only_where_all_brands_agree() -> None:
    assert decline(system="abecs", code="51").hint is Hint.BALANCE
    assert decline(system="abecs", code="57") == Decline("57", Hint.ISSUER, Retry.NEVER)


def test_an_advice_to_wait_is_told_in_seconds() -> None:
    assert decline(system="mac", code="24", brand="mastercard").wait_s == 3_600  # 1 hour
    assert decline(system="mac", code="02", brand="mastercard").wait_s == 259_200  # 72 x 3,600
    assert decline(system="mac", code="30", brand="mastercard").wait_s == 864_000  # 10 x 86,400


@pytest.mark.rule("WAL-6")
@pytest.mark.parametrize("system", ["abecs", "stripe", "nobody"])
def test_a_code_in_no_table_means_ask_the_issuer_and_is_never_tried_by_a_machine(system: str) -> None:
    expected = Decline("ZZ", Hint.ISSUER, Retry.NEVER)
    assert decline(system=system, code="ZZ", brand="visa") == expected


def test_a_code_without_its_advice_is_never_tried_by_a_machine() -> None:
    by_advice = [row for row in rows() if row["retry"] == "by_mac"]
    assert by_advice
    for row in by_advice:
        found = decline(system=row["system"], code=row["code"], brand=row["brand"])
        assert found.retry is Retry.NEVER


def test_every_row_of_the_table_is_understood_and_names_its_source() -> None:
    table = list(rows())
    assert len(table) == 188
    for row in table:
        found = decline(system=row["system"], code=row["code"], brand=row["brand"])
        assert found.code == row["code"]
        assert row["source"]
    assert len({(row["system"], row["brand"], row["code"]) for row in table}) == 188
    assert {decline(system=r["system"], code=r["code"], brand=r["brand"]).hint for r in table} == set(Hint)
