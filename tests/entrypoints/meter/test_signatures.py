"""Proofs are signed beside the loop, each for who asked (LIC-11)."""

from __future__ import annotations

import asyncio
import base64
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from abono.domain.identity.signing import Signer
from abono.entrypoints.meter.signatures import FEW, Signatures

KEY = Ed25519PrivateKey.generate()


class Watched(Signer):
    """Notes in which thread it signed; what says `broken` it cannot sign."""

    def __init__(self, key_id: str = "sgk_1") -> None:
        super().__init__(key_id, KEY)
        self.threads: set[str] = set()

    def signed(self, unsigned: bytes) -> str:
        self.threads.add(threading.current_thread().name)
        if unsigned.endswith(b"broken"):
            raise ValueError("broken")
        return super().signed(unsigned)


def test_those_who_come_together_are_signed_for_beside_the_loop_each_their_own():
    signer, other = Watched(), Watched("sgk_2")

    async def ask() -> list[list[str | None]]:
        signatures = Signatures()
        gone = signatures.of(signer, [b"gone"])
        asked = [signatures.of(signer, [b"%d" % n, None]) for n in range(20)]
        gone.cancel()
        found = [*await asyncio.gather(*asked), await signatures.of(other, [b"alone"])]
        signatures.stop()
        return [*found, await signatures.of(other, [b"late"] * 9)]

    *told, alone, late = asyncio.run(ask())
    for n, (token, none) in enumerate(told):
        assert none is None
        _verify(token, b"%d" % n)
    _verify(alone[0], b"alone")
    assert len(late) == 9
    assert [name.split("_")[0] for name in signer.threads] == ["signatures"]
    assert other.threads == {
        threading.current_thread().name
    }  # a thread is not woken for few, nor once it is gone


@pytest.mark.parametrize("count", [1, FEW + 1])
def test_what_cannot_be_signed_is_heard_by_its_callers_and_holds_up_nobody_after_them(count: int):
    async def ask() -> None:
        signatures = Signatures()
        with pytest.raises(ValueError, match="broken"):
            await asyncio.wait_for(signatures.of(Watched(), [b"broken"] * count), 5)
        _verify((await asyncio.wait_for(signatures.of(Watched(), [b"well"]), 5))[0], b"well")
        signatures.stop()

    asyncio.run(ask())


def _verify(token: str | None, said: bytes) -> None:
    assert token is not None
    text, _, signature = token.encode().rpartition(b".")
    assert text == said
    KEY.public_key().verify(base64.urlsafe_b64decode(signature + b"=="), text)
