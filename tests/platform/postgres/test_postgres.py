"""The embedded server: started, shared, killed, found again. Each test has a home folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from abono.platform import postgres
from abono.platform.postgres import place as postgres_place


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="abono-test-"))
    made.chmod(0o755)  # as a checkout is
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_place, "ELSEWHERE", made / "elsewhere")
        yield made / "home"
        if (made / "home" / "id").exists():
            postgres.stop(made / "home")
    shutil.rmtree(made)


@pytest.fixture
def home() -> Iterator[Path]:
    """Where nothing is yet."""
    with folder() as home:
        yield home


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    with folder() as home:
        postgres.start(home)
        postgres.stop(home)
        yield home


@pytest.fixture
def made(stopped: Path, home: Path) -> Path:
    """Where a server was once started and stopped: a copy, which takes a tenth of what making one takes."""
    subprocess.run(["cp", "-a", stopped, home], check=True, timeout=60)
    return home


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return row and row[0]


def write(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def postmaster(home: Path) -> int:
    return int((postgres_place.locate(home).data / "postmaster.pid").read_text().split("\n")[0])


def test_what_was_written_is_there_after_stop_and_start(made: Path) -> None:
    write(postgres.start(made), 1)
    assert postgres.stop(made)
    assert not postgres.stop(made)
    assert ask(postgres.start(made), "SELECT sum(number) FROM kept") == 1


def test_a_second_start_attaches_to_the_same_server(made: Path) -> None:
    first = ask(postgres.start(made), "SELECT pg_postmaster_start_time()")
    assert ask(postgres.start(made), "SELECT pg_postmaster_start_time()") == first


@pytest.mark.nightly
def test_a_server_that_was_killed_comes_back_with_its_data(made: Path) -> None:
    write(postgres.start(made), 1)
    for round_number in (2, 3):
        os.kill(postmaster(made), signal.SIGKILL)
        url = postgres.start(made)
        write(url, round_number)
    assert ask(url, "SELECT sum(number) FROM kept") == 1 + 2 + 3


def test_a_process_id_that_is_somebody_elses_now_does_not_stop_the_start(made: Path) -> None:
    write(postgres.start(made), 1)
    pid_file = postgres_place.locate(made).data / "postmaster.pid"
    left = pid_file.read_text()
    postgres.stop(made)
    pid_file.write_text(left.replace(left.split("\n")[0], str(os.getpid()), 1))
    assert ask(postgres.start(made), "SELECT sum(number) FROM kept") == 1


@pytest.mark.nightly
def test_commits_are_durable_and_the_network_is_shut(home: Path) -> None:
    url = postgres.start(home)
    wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on"}
    assert {name: ask(url, f"SHOW {name}") for name in wanted} == wanted
    assert ask(url, "SHOW listen_addresses") == ""
    place = postgres_place.locate(home)
    assert {place.socket.stat().st_mode & 0o777, place.data.stat().st_mode & 0o777} == {0o700}


def test_variables_of_another_postgresql_do_not_lead_astray(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere", "PGDATA": "/nowhere", "PGUSER": "x"}.items():
        monkeypatch.setenv(name, value)
    assert ask(postgres.start(home), "SELECT current_user::text") == "abono"


@pytest.mark.nightly
def test_the_last_user_out_stops_the_server(made: Path) -> None:
    with postgres.running(made):
        with postgres.running(made) as url:
            write(url, 1)
        assert postgres.status(made).startswith("running PostgreSQL")
    assert postgres.status(made).startswith("stopped")


def test_a_server_that_was_started_to_stay_stays(made: Path) -> None:
    postgres.start(made, stay=True)
    with postgres.running(made):
        pass
    assert postgres.status(made).startswith("running")


@pytest.mark.nightly
@pytest.mark.nightly
def test_a_user_that_was_killed_no_longer_counts(made: Path) -> None:
    code = (
        "import sys, pathlib; from abono.platform import postgres; from abono.platform.postgres import place;"
        " home = pathlib.Path(sys.argv[1]); place.ELSEWHERE = home.parent / 'elsewhere'\n"
        "with postgres.running(home):\n    print('in', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(made)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "in\n"
        user.kill()
    assert postgres.status(made).startswith("running")
    with postgres.running(made):
        pass
    assert postgres.status(made).startswith("stopped")


@pytest.mark.nightly
def test_below_a_private_folder_root_keeps_the_data_elsewhere(home: Path) -> None:
    home.parent.joinpath("private").mkdir(mode=0o700)
    hidden = home.parent / "private" / "checkout" / ".abono"
    place = postgres_place.locate(hidden)
    if os.geteuid() == 0:
        assert place.root.parent == postgres_place.ELSEWHERE
    else:
        assert place.root == hidden
    write(postgres.start(hidden), 1)
    assert postgres_place.locate(hidden) == place
    assert postgres.stop(hidden)


def test_a_path_too_long_for_a_socket_gets_a_short_one(home: Path) -> None:
    deep = home.parent / ("a-very-long-name" * 8) / "with a blank" / ".abono"
    place = postgres_place.locate(deep)
    assert len(os.fsencode(place.socket / ".s.PGSQL.5432")) < 100
    assert " " not in str(place.socket)
    write(postgres.start(deep), 1)
    assert postgres.stop(deep)
    place.socket.rmdir()


@pytest.mark.nightly
def test_a_folder_that_cannot_be_used_is_told_in_words(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(postgres.Unusable, match=r"cannot write in .*home.*ABONO_HOME"):
        postgres.start(home)


def test_data_of_another_major_version_are_not_touched(made: Path) -> None:
    version = postgres_place.locate(made).data / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(postgres.Unusable, match=r"made by PostgreSQL 15, this is 18: dump them"):
        postgres.start(made)
