"""Return files that cannot be believed: nothing is read of them, and the first thing that is wrong is told with its line."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abono.domain.payments.ports.push import BadFile, Happening
from abono.gateways.bank_boleto.returns import read
from tests.examples import first_by_day
from tests.unit.bank_boleto.samples import ACCOUNTS, FILES, changed, content

pytestmark = pytest.mark.rule("PAY-4", part="bank files")

ITAU, CAIXA, SICREDI, SICOOB, BRADESCO = (
    "341_itau_cnab400.ret",
    "104_caixa_cnab240.ret",
    "748_sicredi_cnab240.crt",
    "756_sicoob_cnab240.ret",
    "237_bradesco_cnab400.ret",
)


def refused(file: str, told: bytes) -> tuple[str, int | None]:
    with pytest.raises(BadFile) as bad:
        list(read(ACCOUNTS[file], told).lines)
    assert len(str(bad.value.found)) < 120
    return bad.value.code, bad.value.line


def needed(file: str) -> int:
    """How many bytes of a file say something: all, but for the last line end of one whose lines have their full length."""
    whole = content(file)
    first = whole.split(b"\n")[0].rstrip(b"\r")
    return len(whole.rstrip(b"\r\n")) if len(first) in (240, 400) else len(whole)


@pytest.mark.parametrize("file", FILES)
@settings(max_examples=25)
@given(at=st.data())
def test_a_file_that_is_cut_anywhere_is_refused(file: str, at: st.DataObject) -> None:
    refused(file, content(file)[: at.draw(st.integers(0, needed(file) - 1))])


@pytest.mark.parametrize("file", FILES)
def test_a_file_whose_trailer_is_cut_anywhere_is_refused(file: str) -> None:
    whole = content(file)
    for kept in range(whole.rstrip(b"\r\n").rindex(b"\n") + 2, needed(file)):
        refused(file, whole[:kept])


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_ends_at_a_line_before_its_trailer_is_refused(file: str) -> None:
    rows = content(file).splitlines(keepends=True)
    for kept in range(1, len(rows)):
        assert refused(file, b"".join(rows[:kept]))[0] == "cut"


@pytest.mark.parametrize("file", FILES)
@settings(max_examples=25)
@given(at=st.data())
def test_a_file_with_another_letter_in_it_is_refused_or_tells_as_many_titles(
    file: str, at: st.DataObject
) -> None:
    told = bytearray(content(file))
    told[at.draw(st.integers(0, len(told) - 1))] = at.draw(st.integers(0, 255))
    titles = len(list(read(ACCOUNTS[file], content(file)).lines))
    with suppress(BadFile):
        assert len(list(read(ACCOUNTS[file], bytes(told)).lines)) == titles


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_lacks_a_line_or_has_one_twice_is_refused(file: str) -> None:
    rows = content(file).splitlines(keepends=True)
    for place in range(len(rows)):
        refused(file, b"".join(rows[:place] + rows[place + 1 :]))
        if rows[place].endswith(b"\n"):
            refused(file, b"".join([*rows[:place], rows[place], *rows[place:]]))


@pytest.mark.parametrize(
    ("file", "line", "first", "text", "code"),
    [
        (ITAU, 6, 221, "00000000189577", "totals"),
        (SICREDI, 7, 46, "1", "totals"),
        (BRADESCO, 8, 58, "00006", "totals"),
        (CAIXA, 21, 18, "000021", "totals"),
        (CAIXA, 22, 18, "000002", "totals"),
        (CAIXA, 22, 24, "000023", "totals"),
        (ITAU, 1, 77, "237", "bank"),
        (CAIXA, 5, 1, "237", "bank"),
        (ITAU, 1, 33, "12346", "account"),
        (CAIXA, 1, 59, "043211", "account"),
        (BRADESCO, 2, 30, "0019668", "account"),
        (ITAU, 1, 1, "01REMESSA", "layout"),
        (CAIXA, 1, 143, "1", "layout"),  # a remittance
        (ITAU, 4, 254, "00000000392,9", "layout"),
        (ITAU, 4, 254, "0000000000000", "layout"),  # settled with nothing
        (ITAU, 4, 111, "310213", "layout"),  # 31 February
        (ITAU, 4, 1, "X", "layout"),
        (ITAU, 4, 200, "\t", "layout"),
        (CAIXA, 4, 16, "09", "layout"),  # U tells of another occurrence than its T
        (CAIXA, 4, 14, "T", "layout"),
        (CAIXA, 5, 4, "0002", "layout"),  # of another batch
        (CAIXA, 5, 9, "00004", "cut"),
        (ITAU, 4, 395, "000005", "cut"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: str, line: int, first: int, text: str, code: str) -> None:
    assert refused(file, changed(content(file), line, first, text)) == (code, line)


@pytest.mark.parametrize(
    ("told", "code", "line"),
    [
        (b"", "cut", None),
        (content(ITAU) * 2, "cut", 7),
        (content(CAIXA) * 2, "layout", 23),
        (b"\x89PNG\r\n\x1a\n" + bytes(300), "layout", 1),
        (b"\xef\xbb\xbf" + content(ITAU), "layout", 1),
        (content(ITAU).replace(b"Teste de", "Tést de".encode()).replace(b" 341", b"341"), "layout", 1),
        (content(ITAU).replace(b"\r\n", b" \r\n", 1), "layout", 1),
        (content(CAIXA), "bank", 1),
    ],
    ids=[
        "empty",
        "twice",
        "twice in batches",
        "picture",
        "mark of UTF-8",
        "UTF-8",
        "too long",
        "another bank",
    ],
)
def test_what_is_no_such_file_is_refused(told: bytes, code: str, line: int | None) -> None:
    assert refused(ITAU if told != content(CAIXA) * 2 else CAIXA, told) == (code, line)


def test_a_bank_of_which_nothing_is_known_is_refused() -> None:
    told = content(ITAU).replace(b"341BANCO", b"999BANCO")
    with pytest.raises(BadFile, match="files of 400 positions of bank 999 are not read"):
        read(replace(ACCOUNTS[ITAU], bank="999"), told)


def test_lines_may_end_in_either_way_and_the_file_in_an_old_mark() -> None:
    told = content(ITAU)
    same = list(read(ACCOUNTS[ITAU], told).lines)
    assert list(read(ACCOUNTS[ITAU], told.replace(b"\r\n", b"\n")).lines) == same
    assert list(read(ACCOUNTS[ITAU], told + b"\x1a").lines) == same


def test_letters_beyond_ascii_are_latin_1() -> None:
    told = content(ITAU).replace(b"Teste de", "Tést de ".encode("latin-1"))
    assert list(read(ACCOUNTS[ITAU], told).lines)


def test_a_title_that_is_settled_twice_and_one_that_nobody_knows_are_lines() -> None:
    told = content(SICOOB).replace(b"0000000116", b"0000000083").replace(b"0000000123", b"0000999999")
    lines = list(read(ACCOUNTS[SICOOB], told).lines)
    assert [line.reference for line in lines] == ["0000008", "0000008", "0099999"]
    assert [line.happening for line in lines] == [Happening.PAID] * 3
    assert len({line.received.reference for line in lines if line.received}) == 3


@pytest.mark.parametrize("count", first_by_day([10_000, 100_000]))
def test_of_very_many_lines_with_one_wrong_nothing_is_read_and_the_line_is_told(count: int) -> None:
    header, title, *_, trailer = content(ITAU).split(b"\r\n")[:-1]
    rows = [b"%s%06d" % (title[:394], number) for number in range(2, count)]
    face = int(title[152:165]) * len(rows)
    told = [header, *rows, b"%s%014d%s%06d" % (trailer[:220], face, trailer[234:394], count)]
    at = count * 7 // 9
    told[at] = told[at].replace(b"06200613", b"0620061x")
    assert refused(ITAU, b"\r\n".join(told)) == ("layout", at + 1)
