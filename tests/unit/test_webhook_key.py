"""The secret of webhooks: what signs, and what is refused at start with what to do (C9 of its kind: no empty key)."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.config import env
from abono.kernel.webhook_key import BadSecret, webhook_key

pytestmark = pytest.mark.rule("API-4", part="signed")

KEY = bytes(range(32))
WRITTEN = base64.b64encode(KEY).decode()


def test_a_secret_with_its_prefix_is_base64_padded_or_not() -> None:
    assert WRITTEN.endswith("=")
    assert webhook_key(f"whsec_{WRITTEN}") == KEY
    assert webhook_key(f"whsec_{WRITTEN.rstrip('=')}") == KEY


def test_a_secret_without_prefix_is_the_key_as_it_stands() -> None:
    assert webhook_key(WRITTEN) == WRITTEN.encode()


@given(st.binary(min_size=24, max_size=64), st.booleans())
def test_every_key_of_the_specification_can_be_written(key: bytes, padded: bool) -> None:
    text = base64.b64encode(key).decode()
    assert webhook_key("whsec_" + (text if padded else text.rstrip("="))) == key


@pytest.mark.parametrize(
    "secret",
    [
        "",
        " ",
        "short",
        "whsec_",
        "whsec_====",
        "whsec_AAAA",
        "whsec_" + "A" * 33,  # no length that base64 can have
        "whsec_" + "A" * 32 + "!",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        f" {WRITTEN}",
        f"{WRITTEN}\n",
    ],
)
def test_a_secret_with_which_anybody_could_sign_is_refused_with_what_to_do(secret: str) -> None:
    with pytest.raises(BadSecret, match="make one with"):
        webhook_key(secret)


def test_the_program_refuses_to_start_on_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABONO_SIMULATOR_SECRET", "whsec_")
    with pytest.raises(env.ConfigurationError, match=r"ABONO_SIMULATOR_SECRET.*make one with"):
        env.load()
