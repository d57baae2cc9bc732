"""A slip's paper says what the bank and the payer must know, and what a scanner reads of it is what was reckoned."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader

from abono.domain.payments.ports.push import LateTerms, PushRequest
from abono.flows.documents.slip import slip_file, slip_pdf
from abono.gateways.bank_boleto import titles
from abono.gateways.bank_boleto.account import BANKS
from abono.kernel.money import Money
from tests import pdfs, scanning
from tests.examples import first_by_day
from tests.unit.bank_boleto.accounts import PIX, REQUEST, account, asked
from tests.world import Tenant

LEGAL = (
    "Recibo do Pagador",
    "Ficha de Compensação",
    "Local de pagamento",
    "Agência / Código do beneficiário",
    "Nosso número",
    "(=) Valor do documento",
    "(+) Mora / Multa",
    "(=) Valor cobrado",
    "Instruções (texto de responsabilidade do beneficiário)",
    "Autenticação mecânica",
)


def made(
    request: PushRequest = REQUEST, language: str = "pt-br", *, bank: str = "341", qr: str | None = None
) -> bytes:
    return slip_pdf(request, titles.slip(account(bank), request), language, qr=qr)


@pytest.mark.rule("PAY-4", part="PDF")
@pytest.mark.rule("PAY-4", part="QR")
@pytest.mark.parametrize("bank", first_by_day(BANKS, 2))
def test_what_a_scanner_reads_is_what_was_reckoned(bank: str, tmp_path: Path) -> None:
    scanning.require()
    page = scanning.picture(made(bank=bank, qr=PIX), tmp_path)
    bar_code = titles.slip(account(bank), REQUEST).bar_code
    assert scanning.codes(page) == {"I2/5": bar_code, "QR-Code": PIX}


@pytest.mark.rule("PAY-4", part="QR")
def test_there_is_no_qr_code_but_the_banks_own(tmp_path: Path) -> None:
    scanning.require()
    without = made()
    page = scanning.picture(without, tmp_path)
    assert list(scanning.codes(page)) == ["I2/5"]
    assert "QR" not in pdfs.words(without)


@pytest.mark.rule("PAY-4", part="FEBRABAN")
def test_bars_have_the_size_and_the_room_that_banks_ask_for(tmp_path: Path) -> None:
    scanning.require()
    left, foot, width, height = scanning.bars_mm(scanning.picture(made(), tmp_path))
    assert (width, height) == (pytest.approx(103, abs=0.3), pytest.approx(13, abs=0.3))
    assert min(left, foot) >= 12


@pytest.mark.rule("PAY-4", part="PDF")
@pytest.mark.parametrize(
    ("language", "own"),
    [
        (
            "pt-br",
            (
                "Boleto da fatura A-000042",
                "15 de dezembro de 2026",
                "R$ 199,90",
                "Após o vencimento: multa de R$ 4,00",
            ),
        ),
        (
            "es",
            (
                "Boleto de la factura A-000042",
                "15 de diciembre de 2026",
                "R$ 199,90",
                "(1 % al mes)",
                "quien paga",
            ),
        ),
        (
            "en",
            (
                "Boleto of invoice A-000042",
                "15 December 2026",
                "R$199.90",
                "a fine of R$4.00, once",
                "who pays",
            ),
        ),
    ],
)
def test_payers_read_their_language_and_banks_the_legal_one(language: str, own: tuple[str, ...]) -> None:
    pdf = made(language=language)
    words = pdfs.words(pdf)
    for said in (*LEGAL, *own):
        assert said in words
    for said in (
        "15/12/2026",
        "R$ 199,90",
        "12.ABC.345/01DE-35",
        "109/00000001-9",
        "0810 / 53678-9",
        "341-7",
    ):
        assert said in words
    assert words.count(titles.slip(account("341"), REQUEST).line) == 2
    # 199.90 × 1 % ÷ 30 = 0.06663…; until midnight of 15 March in Greenwich, which is the evening of the 14th in São Paulo.
    assert "Após o vencimento: juros de R$ 0,0666 por dia (1% ao mês)." in words
    assert "Pode ser pago até 14/03/2027." in words
    assert pdf == made(language=language)
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"].get_object()
    assert (len(reader.pages), root["/MarkInfo"]["/Marked"], b"pdfuaid" in pdf) == (1, True, True)
    assert root["/Lang"].lower().startswith(language[:2])


@pytest.mark.parametrize(
    ("late", "fine", "interest"),
    [
        (None, None, None),
        (LateTerms(Decimal(0), Decimal(0)), None, None),
        (LateTerms(Decimal("1.5"), Decimal(0)), "R$ 3,00", None),  # 2.9985
        (LateTerms(Decimal(0), Decimal("0.33")), None, "R$ 0,022 por dia (0,33% ao mês)"),  # 0.021989
    ],
)
def test_what_is_not_added_is_not_threatened(
    late: LateTerms | None, fine: str | None, interest: str | None
) -> None:
    words = pdfs.words(made(asked(late=late)))
    assert words.count("multa de") == (2 if fine else 0)
    assert words.count("juros de") == (2 if interest else 0)
    for said in filter(None, (fine, interest)):
        assert said in words


@pytest.mark.parametrize(
    ("name", "tagged"),
    [
        ("Companhia de Panificação e Confeitaria Sol Nascente dos Trópicos do Brasil e Filhos " * 2, True),
        ("Pão" * 60, True),
        ("Пекарня Солнце", True),
        (
            "太陽麵包店",
            False,
        ),  # letters that the font lacks: boxes in their place, and no promise to screen readers
    ],
)
def test_any_name_leaves_one_page(name: str, tagged: bool) -> None:
    long = replace(REQUEST.payer, name=name, street="Avenida Engenheiro Luís Carlos Berrini " * 3)
    request = asked(payer=long, amount=Money(9_999_999_999, "BRL"))
    seller = account("341", name="Planos Acácia" * 7, street="Rua das Acácias Amarelas" * 4)
    pdf = slip_pdf(request, titles.slip(seller, request), "es", qr=PIX)
    assert (pdfs.pages(pdf), b"pdfuaid" in pdf) == (1, tagged)
    assert "R$ 99.999.999,99" in pdfs.words(pdf)


def test_one_of_a_sandbox_says_that_it_must_not_be_paid() -> None:
    pdf = slip_pdf(REQUEST, titles.slip(account("341"), REQUEST), "en", qr=None, sandbox=True)
    assert "Do not pay it." in pdfs.words(pdf)


def test_it_leaves_under_a_name_that_says_what_it_is(padaria: Tenant) -> None:
    slip = titles.slip(account("341"), REQUEST)
    name, pdf = slip_file(REQUEST, slip, "pt-br", qr=None, customer_id=padaria.customer_id)
    assert (name, pdf) == ("boleto-A-000042.pdf", made())
