"""The text of an API key has a checksum: mistakes in typing are known without asking anybody (ACC-4)."""

from __future__ import annotations

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
