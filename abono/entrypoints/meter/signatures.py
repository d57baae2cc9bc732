"""Proofs of leases are signed beside the loop (LIC-11), gathered as statements are (lanes.py): whoever came while those before
were signed is next. OpenSSL, which takes nearly all of that time, lets go of the interpreter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from abono.domain.identity.signing import Signer

FEW = 3  # are signed where they are: to wake a thread takes as long


@dataclass(frozen=True, slots=True)
class _Asked:
    signer: Signer
    texts: Sequence[bytes | None]
    answer: asyncio.Future[list[str | None]]


class Signatures:
    """One thread."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, "signatures")
        self._waiting: list[_Asked] = []
        self._busy = False

    def of(self, signer: Signer, texts: Sequence[bytes | None]) -> asyncio.Future[list[str | None]]:
        """What stands before each signature, with it; None where there is none to make."""
        loop = asyncio.get_running_loop()
        asked = _Asked(signer, texts, loop.create_future())
        self._waiting.append(asked)
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next)  # after all who were told by the same statement
        return asked.answer

    def stop(self) -> None:
        """Let go of the thread: whoever still comes is signed for where they are."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown()

    def _next(self) -> None:
        taken, self._waiting = self._waiting, []
        self._busy = bool(taken)
        if not taken:
            return
        if self._thread is None or sum(len(one.texts) for one in taken) <= FEW:
            _answer(taken, partial(_sign, taken))
            self._next()
        else:
            signing = asyncio.get_running_loop().run_in_executor(self._thread, _sign, taken)
            signing.add_done_callback(partial(self._done, taken))

    def _done(self, taken: Sequence[_Asked], signing: asyncio.Future[list[list[str | None]]]) -> None:
        _answer(taken, signing.result)
        self._next()


def _answer(asked: Sequence[_Asked], signed: Callable[[], list[list[str | None]]]) -> None:
    try:
        answers = signed()
    except Exception as error:
        for one in asked:
            if not one.answer.done():
                one.answer.set_exception(error)
        return
    for one, answer in zip(asked, answers, strict=True):
        if not one.answer.done():  # the caller may have gone
            one.answer.set_result(answer)


def _sign(asked: Sequence[_Asked]) -> list[list[str | None]]:
    return [one.signer.all_signed(one.texts) for one in asked]
