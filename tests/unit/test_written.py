"""Names that can be read, and addresses that mail can reach."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.written import mailable, one_form, readable, visible


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.parametrize(
    "name",
    [
        "Padaria Sol Ltda.",
        "Ferretería Luna S.A.S.",
        "3M",
        "株式会社",
        "Ана",
        "O’Neill & Söhne",
        "E\u0301cole",
        "x",
    ],
)
def test_names_of_all_scripts_can_be_read(name: str) -> None:
    assert readable(name)


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.parametrize(
    "name",
    [
        "", "   ", "\u200b", "\ufeff\ufeff", "\u00ad", "123", "— & —", "🙂", "\u3164", "\u115f\u1160", "\uffa0",
        "Sol\u3164Ltda", "Sol\u034f", "\u2800Sol",
        "Padaria\u2028Total 0,00", "Padaria\u2029Pago", "Padaria\nSol", "Padaria\u202eloS", "\u2066Sol\u2069",
        "Sol\u200dLtda", "Sol\ue000", "Sol\U000e0041", "Sol\u0378", "Sol\ud800", "So\ufffdl", "Sol\0",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_not_what_it_looks_like_is_no_name(name: str) -> None:
    assert not readable(name)


@given(st.text(max_size=60))
def test_a_name_that_can_be_read_is_one_line_and_all_of_it_is_seen(name: str) -> None:
    if readable(name):
        assert len(name.splitlines()) == 1
        assert visible(name) == visible(name.strip())
        assert unicodedata.bidirectional(name[0]) not in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI")


@pytest.mark.rule("CON-2", part="administrator")
@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("ana@padaria.example", "ana@padaria.example"),
        (" Ana.Souza+x@Padaria.EXAMPLE ", "ana.souza+x@padaria.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
        ("ana@bu\u0308cher.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
        ("ana@例え.テスト", "ana@xn--r8jz45g.xn--zckzah"),
        ("ana@padaria。example", "ana@padaria.example"),
        ("ana@\uff50adaria.example", "ana@padaria.example"),
    ],
)
def test_an_address_is_written_as_mail_servers_know_it(typed: str, mailed: str) -> None:
    assert mailable(typed) == mailed
    assert mailable(mailed) == mailed
    assert one_form(typed.strip()) == mailed
    mailed.encode("ascii")


@pytest.mark.rule("CON-2", part="administrator")
@pytest.mark.parametrize(
    "typed",
    [
        "", "ana", "@padaria.example", "ana@", "ana@localhost", "ana@[127.0.0.1]", "ana@10.0.0.1", "ana@-x.example",
        "añá@padaria.example", "\u212aen@padaria.example", "ana..b@padaria.example", ".ana@padaria.example",
        "ana@padaria..example", "ana@padaria.example.", "ana@pada ria.example", "a na@padaria.example",
        "ana@padaria_x.example", "ana@" + "x" * 64 + ".example", "a" * 65 + "@padaria.example", "ana@\u200b.example",
        "ana\u200b@padaria.example", '"ana b"@padaria.example', "ana@b@padaria.example", "ana\0@padaria.example",
        "ana@xn--zzzzzz-.example", "a" * 60 + "@" + ".".join(["b" * 60] * 4),
    ],
    ids=ascii,
)  # fmt: skip
def test_an_address_that_no_mail_can_reach_is_none(typed: str) -> None:
    assert mailable(typed) is None


@given(st.text(max_size=40) | st.emails())
def test_no_text_breaks_it_and_what_it_gives_can_be_mailed(typed: str) -> None:
    found = mailable(typed)
    if found is not None:
        assert found.isascii()
        assert mailable(found) == found == found.lower()
