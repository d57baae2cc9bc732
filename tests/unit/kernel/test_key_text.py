"""The text of an API key has a checksum: mistakes in typing are known without asking anybody (ACC-4)."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel import key_text


@pytest.mark.rule("ACC-4", part="checksum")
@given(st.data())
def test_every_wrong_letter_and_every_cut_is_known(data: st.DataObject) -> None:
    text = key_text.new()
    assert key_text.is_whole(text)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda letter: letter != text[at]))
    assert not key_text.is_whole(text[:at] + other + text[at + 1 :])
    assert not key_text.is_whole(text[:at])


@pytest.mark.parametrize("text", ["", "abk_", "abk_nobody", "é" * 53, "abk_" + "A" * 49])
def test_what_is_no_key_is_none(text: str) -> None:
    assert not key_text.is_whole(text)


def test_a_key_has_256_bits_that_nobody_guesses() -> None:
    made = {key_text.new() for _ in range(1_000)}
    assert len(made) == 1_000
    body = {text.removeprefix(key_text.PREFIX)[:43] for text in made}  # 43 letters of base64: 32 bytes
    assert {len(urlsafe_b64decode(f"{one}=")) for one in body} == {32}
