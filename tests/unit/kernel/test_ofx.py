"""Statements are read as banks write them; what cannot be believed is none at all, and says where (PAY-7)."""

from __future__ import annotations

from datetime import date

import pytest

from abono.kernel.money import Money
from abono.kernel.ofx import MOST, BadStatement, read
from tests.ofx import entry, statement

JULY_2 = date(2026, 7, 2)
XML = """<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>
<CURDEF>BRL</CURDEF><BANKACCTFROM><BANKID>0260</BANKID><BRANCHID>1</BRANCHID><ACCTID>99-9</ACCTID></BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260702000000[-3:BRT]</DTPOSTED><TRNAMT>700.00</TRNAMT><FITID>6489-a</FITID>
<NAME/><MEMO><![CDATA[Pix <recebido> & São]]></MEMO></STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"""
NO_ENDS = """<OFX><STMTRS><CURDEF>BRL<BANKACCTFROM><BANKID>237<ACCTID>12-3<BANKTRANLIST>
<STMTTRN><DTPOSTED>20260702<TRNAMT>-1.234,56<FITID>N1<MEMO>A &amp; B & C<STMTTRN><DTPOSTED>20260702120000<TRNAMT>386,8<MEMO>x
</BANKTRANLIST></STMTRS></OFX>"""


def told(content: bytes) -> list[tuple[str, date, int, str, str]]:
    return [(one.account, one.day, one.amount.minor, one.name, one.text) for one in read(content)]


def test_both_versions_are_read_whatever_they_declare_and_lack():
    itau = statement([entry(JULY_2, "700.00", "20260702001", "PIX RECEBIDO SÃO")])
    assert told(itau) == [("0341/1234567890", JULY_2, 700_00, "20260702001", "PIX RECEBIDO SÃO")]
    for letters in ("utf-8", "utf-8-sig", "utf-16"):
        assert told(itau.decode("cp1252").encode(letters)) == told(itau)
    assert told(XML.encode()) == [("0260/1/99-9", JULY_2, 700_00, "6489-a", "Pix <recebido> & São")]
    assert told(NO_ENDS.replace("\n", "\r\n").encode()) == [
        ("237/12-3", JULY_2, -1234_56, "N1", "A & B & C"),
        ("237/12-3", JULY_2, 386_80, "", "x"),
    ]
    assert read(statement([])) == []


@pytest.mark.parametrize(
    ("said", "minor"),
    [("1234.56", 1234_56), ("1.234.567,8", 1_234_567_80), ("1,234.56", 1234_56), ("+5", 5_00), ("0.0000", 0),
     ("-0,01", -1), ("1.234", None), ("1,000", None), ("1.234.56", None), ("1.005", None), ("", None), ("1e3", None),
     ("NaN", None), ("--1", None), ("12.3456", None), ("9" * 16, None)],
)  # fmt: skip
def test_an_amount_has_one_reading_or_none(said, minor):
    content = statement([entry(JULY_2, said, "1", "x")])
    if minor is None:
        with pytest.raises(BadStatement) as bad:
            read(content)
        assert (bad.value.code, bad.value.line) == ("amount", 35)
    else:
        assert read(content)[0].amount == Money(minor, "BRL")


def test_the_same_twice_in_a_file_are_two_and_each_is_known_in_another_file():
    one, other = entry(JULY_2, "70.00", "1", "x"), entry(JULY_2, "70.00", "1", "called otherwise")
    both = read(statement([one, other]))
    assert [found.nth for found in both] == [0, 1]
    zeros = statement([one]).replace(b"0341", b"341")
    assert read(zeros)[0].known_by == both[0].known_by != both[1].known_by
    apart = [entry(JULY_2, "70.01", "1", "x"), entry(date(2026, 7, 3), "70.00", "1", "x"),
             entry(JULY_2, "70.00", "2", "x"), entry(JULY_2, "70.00", "", "x"), entry(JULY_2, "70.00", "", "y")]  # fmt: skip
    elsewhere = read(statement([one], account="987"))
    assert len({found.known_by for found in (*both, *read(statement(apart)), *elsewhere)}) == 8


WHOLE = statement([entry(JULY_2, "70.00", "1", "x"), entry(JULY_2, "80.00", "2", "y")])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"02RETORNO01COBRANCA", "layout"),
        (b"%PDF-1.7", "layout"),
        (b"<OFX></OFX>", "layout"),
        (WHOLE.replace(b"STMTRS", b"CCSTMTRS"), "card"),
        (WHOLE.replace(b"<CURDEF>BRL", b"<CURDEF>EUR"), "currency"),
        (WHOLE.replace(b"<CURDEF>BRL\n", b""), "currency"),
        (WHOLE.replace(b"<MEMO>y", b"<CURRENCY><CURSYM>USD</CURRENCY>"), "currency"),
        (WHOLE.replace(b"<TRNAMT>80.00\n", b""), "amount"),
        (WHOLE.replace(b"<TRNTYPE>CREDIT\n<DTPOSTED>", b"<TRNTYPE>DEBIT\n<DTPOSTED>"), "amount"),
        (WHOLE.replace(b"<MEMO>y", b"<CORRECTFITID>1<CORRECTACTION>DELETE"), "amount"),
        (WHOLE.replace(b"<MEMO>x\n</STMTTRN>\n<STMTTRN>", b""), "cut"),
        (WHOLE.replace(b"<DTPOSTED>20260702", b"<DTPOSTED>20260231"), "day"),
        (WHOLE.replace(b"<DTPOSTED>20260702", b"<DTPOSTED>02/07/2026"), "day"),
        (WHOLE.replace(b"<DTPOSTED>20260702", b"<DTPOSTED>19000702"), "day"),
        (statement([entry(JULY_2, "1", str(n), "x") for n in range(MOST + 1)]), "long"),
    ],
)
def test_what_cannot_be_believed_is_none_at_all(content, code):
    with pytest.raises(BadStatement) as bad:
        read(content)
    assert bad.value.code == code


def test_wherever_a_file_is_cut_it_is_seen():
    ends = WHOLE.index(b"</BANKTRANLIST>") + len(b"</BANKTRANLIST>")
    for length in range(1, ends):
        with pytest.raises(BadStatement):
            read(WHOLE[:length])
    assert len(read(WHOLE[:ends])) == 2
