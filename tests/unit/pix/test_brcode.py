"""BR Codes against codes that others published (`brcode.json` names the source of each), and against chance."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.gateways.pix.brcode import MOST, NO_TXID, BadCode, BrCode, check, compose, crc16, read
from abono.gateways.pix.keys import KeyKind, key_kind
from abono.kernel.money import Money

SAID = json.loads((Path(__file__).parent / "brcode.json").read_text())
VECTORS: list[dict[str, Any]] = SAID["vectors"]
TOO_LONG, HYPHEN = VECTORS[1], VECTORS[2]  # codes that banks took, and that we would not write
OURS = [vector for vector in VECTORS if vector not in (TOO_LONG, HYPHEN)]
RIGHT = BrCode(name="Fulano de Tal", city="BRASILIA", key="123e4567-e12b-12d1-a456-426655440000")
VISIBLE = string.ascii_letters + string.digits + " .,-&"


def refused(code: BrCode) -> str:
    with pytest.raises(BadCode) as why:
        compose(code)
    return why.value.code


def unreadable(text: str) -> str:
    with pytest.raises(BadCode) as why:
        read(text)
    return why.value.code


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["crc"])
def test_a_published_code_is_read(vector: dict[str, Any]) -> None:
    code = read(vector["payload"])
    assert f"{crc16(vector['payload'][:-4]):04X}" == vector["crc"]
    assert (code.name, code.city, code.txid) == (
        vector["merchant_name"],
        vector["merchant_city"],
        vector["txid"],
    )
    assert (code.key or None, code.url or None) == (vector["key"], vector["url"])
    assert (code.recurrence or None, code.description or None) == (
        vector["recurrence_url"],
        vector["description"],
    )
    whole = {None: None, "100.00": 10_000, "100": 10_000, "27.00": 2_700}[vector["amount"]]
    assert code.amount == (None if whole is None else Money(whole, "BRL"))


@pytest.mark.parametrize("vector", OURS, ids=lambda vector: vector["crc"])
def test_what_a_published_code_says_makes_that_code(vector: dict[str, Any]) -> None:
    assert compose(read(vector["payload"])) == vector["payload"]


@pytest.mark.parametrize("vector", [TOO_LONG, HYPHEN], ids=["30 letters", "a hyphen"])
def test_a_code_with_a_txid_that_no_standard_allows_is_read_and_not_written(vector: dict[str, Any]) -> None:
    with pytest.raises(BadCode, match="txid"):
        check(read(vector["payload"]))


def test_broken_codes_are_refused() -> None:
    assert [unreadable(bad["payload"]) for bad in SAID["invalid"]] == ["crc", "crc", "cut"]


@pytest.mark.parametrize(
    ("whole", "broken", "wrong"),
    [
        ("5303986", "5303840", "layout"),  # another currency
        ("5802BR", "5802AR", "layout"),
        ("5802BR", "5802BR5802BR", "layout"),  # which of the two?
        ("5913Fulano", "5999Fulano", "layout"),  # longer than what is left
        ("5204", "52O4", "layout"),
        ("br.gov.bcb.pix", "br.gov.bcb.pox", "arrangement"),
        ("5303986", "530398654031,5", "amount"),
    ],
)
def test_a_code_that_is_whole_and_says_what_cannot_be_is_refused(whole: str, broken: str, wrong: str) -> None:
    text = VECTORS[0]["payload"][:-4].replace(whole, broken, 1)
    assert unreadable(f"{text}{crc16(text):04X}") == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"key": "123E4567-E12B-12D1-A456-426655440000"}, "key"),
        ({"key": ""}, "key"),
        ({"url": "pix.example.com/qr/v2/1"}, "key"),  # static or dynamic, not both
        ({"name": "N" * 26}, "name"),
        ({"name": "Ferretería Luna"}, "name"),
        ({"name": ""}, "name"),
        ({"city": "S" * 16}, "city"),
        ({"city": "São Paulo"}, "city"),
        ({"txid": "T" * 26}, "txid"),
        ({"txid": "with-hyphen"}, "txid"),
        ({"txid": ""}, "txid"),
        ({"amount": MOST + Money(1, "BRL")}, "amount"),
        ({"amount": Money(-1, "BRL")}, "amount"),
        ({"amount": Money(1, "USD")}, "amount"),
        ({"key": "", "url": "https://pix.example.com/qr/1"}, "url"),
        ({"key": "", "url": "pix.example.com/" + "x" * 62}, "url"),
        ({"description": "d" * 38}, "description"),
    ],
)
def test_a_code_that_no_bank_would_take_is_not_made(change: dict[str, Any], wrong: str) -> None:
    values = {field: getattr(RIGHT, field) for field in RIGHT.__slots__}
    assert refused(BrCode(**(values | change))) == wrong


def test_the_longest_fields_are_made() -> None:
    url = "pix.example.com/" + "x" * 61
    for code in (
        BrCode("N" * 25, "C" * 15, key=RIGHT.key, txid="T" * 25, amount=MOST, description="d" * 37),
        BrCode("N" * 25, "C" * 15, url=url, amount=Money(1, "BRL")),
    ):
        assert read(compose(code)) == code


CODES = st.builds(
    BrCode,
    name=st.text(VISIBLE, min_size=1, max_size=25).map(str.strip).filter(bool),
    city=st.text(VISIBLE, min_size=1, max_size=15).map(str.strip).filter(bool),
    key=st.sampled_from(
        [RIGHT.key, "+5511987654321", "12ABC34501DE35", "52998224725", "caixa@padaria.com.br"]
    ),
    amount=st.none() | st.integers(1, MOST.minor).map(lambda minor: Money(minor, "BRL")),
    txid=st.just(NO_TXID) | st.text(string.ascii_letters + string.digits, min_size=1, max_size=25),
    description=st.text(VISIBLE, max_size=37),
)


@given(CODES)
def test_what_is_written_is_read(code: BrCode) -> None:
    assert read(compose(code)) == code


@given(CODES, st.data())
def test_any_one_letter_that_was_changed_is_found(code: BrCode, data: st.DataObject) -> None:
    text = compose(code)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=0x2FF).filter(lambda c: c != text[place]))
    unreadable(text[:place] + other + text[place + 1 :])


@given(st.text(max_size=60))
def test_what_is_no_code_is_refused_in_words(text: str) -> None:
    unreadable(text)
    unreadable(f"{text}6304{crc16(text + '6304'):04X}")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("52998224725", KeyKind.CPF),
        ("52998224724", None),
        ("529.982.247-25", None),
        ("11111111111", None),
        ("12ABC34501DE35", KeyKind.CNPJ),
        ("12abc34501de35", None),
        ("33444555000181", KeyKind.CNPJ),
        ("+5511987654321", KeyKind.PHONE),
        ("+551133334444", KeyKind.PHONE),
        ("11987654321", None),
        ("+5511", None),
        ("+5511987654３21", None),
        ("caixa@padaria.com.br", KeyKind.EMAIL),
        ("Caixa@padaria.com.br", None),
        ("caixa@padaria", None),
        ("a" * 66 + "@padaria.com", None),
        ("123e4567-e12b-12d1-a456-426655440000", KeyKind.RANDOM),
        ("123e4567e12b12d1a456426655440000", None),
        ("", None),
    ],
)
def test_a_pix_key_is_known_by_its_form(key: str, kind: KeyKind | None) -> None:
    assert key_kind(key) is kind
