"""Signatures as the Standard Webhooks specification writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from abono.gateways.simulator.signing import WrongSignature, headers, sign, verify

# The example that the specification's libraries share.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
MOMENT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
NOW = datetime.fromtimestamp(MOMENT, UTC)


def test_the_published_example_has_the_published_signature() -> None:
    assert sign(SECRET, message_id=MESSAGE, moment_s=MOMENT, body=BODY) == SIGNATURE


def test_one_right_signature_of_several_is_enough() -> None:
    given = headers(SECRET, message_id=MESSAGE, moment_s=MOMENT, body=BODY)
    given["webhook-signature"] = f"v2,abc v1,AAAA {SIGNATURE}"
    assert verify(SECRET, given, BODY, NOW) == MESSAGE


def test_another_secret_is_refused() -> None:
    given = headers("another", message_id=MESSAGE, moment_s=MOMENT, body=BODY)
    with pytest.raises(WrongSignature):
        verify(SECRET, given, BODY, NOW)
