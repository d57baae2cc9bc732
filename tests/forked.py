"""Programs of ours that begin where loading has ended: forked from a process that has loaded all of it and no more.

Who starts one anew pays four seconds of processor for what is loaded, in dozens of tests. What
the environment says is read after the fork. Tests of a start itself (installed, demo, commands) start anew.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.reduction import DupFd
from typing import Any, TextIO

_LOADED = "tests.loaded"


class Forked:
    """Of `subprocess.Popen` what tests ask for; `stderr` is what it says, both ways out."""

    def __init__(self, arguments: list[str], env: Mapping[str, str]) -> None:
        read, write = os.pipe()
        context: Any = multiprocessing.get_context("forkserver")  # one for all that this process starts
        context.set_forkserver_preload([_LOADED])
        self._process = context.Process(target=_run, args=(arguments, dict(env), _Given(write)), daemon=True)
        self._process.start()
        os.close(write)
        self.pid: int = self._process.pid
        self.stderr: TextIO = os.fdopen(read)

    @property
    def returncode(self) -> int | None:
        """Below zero: the signal that ended it. None while it runs."""
        code: int | None = self._process.exitcode
        return code

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """Raises TimeoutExpired."""
        self._process.join(seconds)
        if (code := self.returncode) is None:
            raise subprocess.TimeoutExpired([str(self.pid)], seconds)
        return code


class _Given(int):
    """A descriptor, which goes along with the start: one that is fetched later would stay open when nobody lives to do it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _detach, (DupFd(int(self)),)


def _detach(given: Any) -> int:
    number: int = given.detach()
    return number


def _run(arguments: list[str], env: dict[str, str], said: int) -> None:
    """As `python -m NAME …` does, in this environment."""
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.close(said)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2))
    os.environ.clear()
    os.environ.update(env)
    option, name, *given = arguments
    assert option == "-m"
    sys.argv = [name, *given]
    gc.enable()
    runpy.run_module(name, run_name="__main__", alter_sys=True)
