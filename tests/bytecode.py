"""Bytecode of the project and its tests, made once, on all cores: without it each process of a run would make it all.

So is, on a fresh checkout, what Hypothesis keeps: the constants of the project's files, which it tries, and which letters
there are.
"""

from __future__ import annotations

import compileall
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.assertion import rewrite
from hypothesis.configuration import storage_directory
from hypothesis.internal.charmap import intervals_from_codec
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import constants_from_module

from abono.config.env import PACKAGE

_TESTS = Path(__file__).parent
_OURS = tuple(f"{_TESTS.parent / name}{os.sep}" for name in ("abono", "bench", "examples", "tools"))


def of_ours_alone() -> None:
    """Hypothesis asks the disk of each loaded file whether it is the project's, three thousand times in each process."""
    of_others = (
        one for one in sys.modules.values() if not str(getattr(one, "__file__", "")).startswith(_OURS)
    )
    providers._seen_modules.update(map(id, of_others))


def make(config: pytest.Config) -> None:
    """Of each file that is newer than its bytecode or has none; nothing under PYTHONDONTWRITEBYTECODE."""
    if sys.dont_write_bytecode:
        return
    files = [*PACKAGE.rglob("*.py"), *_TESTS.rglob("*.py")]
    files.sort(key=lambda file: file.stat().st_size)  # each core has as much to do
    cores = len(os.sched_getaffinity(0))
    fresh = not storage_directory("constants").path.exists()
    children = [_beside(files[core::cores], config, constants=fresh) for core in range(cores)]
    if fresh:
        intervals_from_codec("utf-8")
    for child in children:
        os.waitpid(child, 0)


def _beside(files: list[Path], config: pytest.Config, *, constants: bool) -> int:
    """In a process of its own, which takes what is loaded along. What fails there fails again where it is imported."""
    child = os.fork()
    if not child:
        try:
            for file in files:
                _compile(file, config)
                if constants and file.is_relative_to(PACKAGE):
                    _read_constants(file)
        finally:
            os._exit(0)
    return child


def _compile(file: Path, config: pytest.Config) -> None:
    if file.is_relative_to(_TESTS) and file.name.startswith(("test_", "conftest.")):
        cached = rewrite.get_cache_dir(file) / f"{file.stem}{rewrite.PYC_TAIL}"
        if rewrite._read_pyc(file, cached) is None:
            cached.parent.mkdir(exist_ok=True)
            source, code = rewrite._rewrite_test(file, config)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source, cached)
    else:
        compileall.compile_file(file, quiet=2)


def _read_constants(file: Path) -> None:
    """Hypothesis keeps them by what the file holds, and looks there before it reads one itself."""
    unloaded = ModuleType(file.stem)
    unloaded.__file__ = str(file)
    constants_from_module(unloaded)
