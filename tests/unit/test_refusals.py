"""Why a bank or a payment service refused, in words beside its codes (PAY-4)."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest
from django.utils.translation import override

from abono.domain.payments.ports.push import LONGEST_REFUSAL, Happening, ReturnLine
from abono.domain.payments.pushed.refusals import WORDS
from abono.entrypoints.words.refused import refused
from abono.gateways.bank_boleto.reasons import said
from abono.gateways.pix import reading
from abono.gateways.stripe import push

pytestmark = pytest.mark.rule("PAY-4", part="bank files")


def line(code: str, *reasons: str, bank: str = "756", length: int = 240) -> ReturnLine:
    words = said(bank, length, code, reasons)
    return ReturnLine(1, Happening.REFUSED, "1", "", code, reasons, words)


def test_a_refusal_reads_in_each_language_with_its_codes_and_an_unknown_one_says_whom_to_ask() -> None:
    known, unknown = line("03", "46", "48").why, line("03", "A4", bank="341", length=400).why
    assert (known, unknown) == ("03 46 48 payer_tax_id postcode", "03 A4")
    for language, first, other in (
        (
            "en",
            "the tax id of the payer is not valid, the postcode is not valid (03 46 48)",
            "The bank said 03 A4: ask your bank",
        ),
        (
            "es",
            "el documento fiscal del pagador no es válido, el código postal no es válido (03 46 48)",
            "El banco dijo 03 A4: pregunta",
        ),
        (
            "pt-br",
            "o documento fiscal do pagador não é válido, o CEP não é válido (03 46 48)",
            "O banco disse 03 A4: pergunte",
        ),
    ):
        with override(language):
            assert refused(known) == first
            assert refused(unknown).startswith(other)


def test_every_word_of_every_supplier_is_one_of_ours_and_codes_come_before_words_where_room_ends() -> None:
    table = files("abono.gateways.bank_boleto") / "data" / "reasons.csv"
    words = {row["word"] for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())}
    words |= {*reading._FIELDS.values(), *push._WORDS.values(), *push._FIELDS.values()}
    assert words <= set(WORDS)
    longest = line("03", "09", "49", "47", "46", "45").why
    assert longest.startswith("03 09 49 47 46 45 number_taken ")
    assert len(longest) <= LONGEST_REFUSAL
    assert push._why(
        {"code": "parameter_invalid_empty", "param": "billing_details[address][postal_code]"}
    ) == ("parameter_invalid_empty postcode")
