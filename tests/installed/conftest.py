"""A package that was built from the checkout, installed by itself, on a database and in a folder of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import urllib3

from abono.config.settings import ENV
from abono.demo import ports
from abono.demo.story import ground
from abono.demo.story.ground import Ground
from abono.platform import postgres

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment with our wheel, and the wheels that it needs from the one we run in."""

    folder: Path
    environment: dict[str, str]
    wheel: Path

    def run(self, *words: str) -> str:
        """Do one command of `abono`, as an operator does from any folder; what it said."""
        done = subprocess.run(
            [self.folder / "venv" / "bin" / "abono", *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, f"abono {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def python(self, file: Path) -> str:
        """Run a file of ours with the installed package, and the tests' own cast."""
        done = subprocess.run(
            [self.folder / "venv" / "bin" / "python", file],
            env={**self.environment, "PYTHONPATH": str(self.folder / "beside")},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Built as it is released: the source archive from the checkout, the wheel from the archive."""
    folder = tmp_path_factory.mktemp("installed")
    build(ROOT, "sdist", folder / "dist")
    [archive] = (folder / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "source", filter="data")
    [source] = (folder / "source").iterdir()
    build(source, "wheel", folder / "dist")
    [wheel] = (folder / "dist").glob("*.whl")
    install(wheel, folder / "venv")
    (folder / "beside").mkdir()
    (folder / "beside" / "tests").symlink_to(ROOT / "tests")
    with database() as dsn:
        yield Installed(folder, environment(folder, dsn), wheel)


def build(source: Path, target: str, into: Path) -> None:
    """With the fonts that the tests have cut already, as they are the same."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", into],
        cwd=source,
        env={**os.environ, "ABONO_HOME": str(ENV.home)},
        check=True,
        capture_output=True,
        timeout=240,
    )


def install(wheel: Path, venv: Path) -> None:
    """Into an empty environment; what it needs is found where we have it, our checkout is not."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=60)
    python = venv / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*uv, "--python", python, wheel], check=True, timeout=60)
    [packages] = (venv / "lib").glob("python3*/site-packages")
    (packages / "what-it-needs.pth").write_text(f"{Path(psycopg.__file__).parents[1]}\n")


@contextmanager
def database(like: str = "template1") -> Iterator[str]:
    """An empty one beside that of the tests, or a copy of another there, gone afterwards."""
    with nullcontext(ENV.database_url) if ENV.database_url else postgres.running(ENV.home) as server:
        made = Ground(ground.beside(server, f"abono_test_{secrets.token_hex(4)}"), Path())
        with psycopg.connect(ground.beside(server, "postgres"), autocommit=True) as connected:
            connected.execute(f"CREATE DATABASE {made.name} TEMPLATE {like}")
        try:
            yield made.dsn
        finally:
            ground.drop(made)


def environment(folder: Path, dsn: str) -> dict[str, str]:
    """Nothing of ours is inherited."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("ABONO_", "PYTHON"))}
    [port] = ports.any_free(1)
    return {
        **given,
        "DATABASE_URL": dsn,
        "ABONO_HOME": str(folder / "home"),
        "ABONO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ABONO_ALLOW_UNSAFE_FSYNC": "1",
    }


@pytest.fixture(scope="session")
def served(installed: Installed) -> Iterator[str]:
    """The address at which the package serves, with Padaria Sol's contract in its database."""
    installed.run("migrate", "--verbosity", "0")
    installed.run("catalog", "apply")
    installed.python(ROOT / "tests" / "installed" / "padaria.py")
    url = installed.environment["ABONO_PUBLIC_URL"]
    log = installed.folder / "web.log"
    with log.open("wb") as file:
        web = subprocess.Popen(
            [installed.folder / "venv" / "bin" / "abono", "web", "--port", url.rpartition(":")[2]],
            env=installed.environment,
            cwd=installed.folder,
            stdout=file,
            stderr=file,
        )
    try:
        patient = urllib3.PoolManager(retries=urllib3.Retry(30, backoff_factor=0.1, backoff_max=1))
        patient.request("GET", f"{url}/en/terms/")
        yield url
    except urllib3.exceptions.MaxRetryError:
        raise AssertionError(f"not served ({web.poll()}): {log.read_text()}") from None
    finally:
        web.terminate()
        web.wait(timeout=20)
