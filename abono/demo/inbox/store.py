"""Mail that came, in one SQLite file: it is there again after a restart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from abono.platform import clock

_TABLE = """
CREATE TABLE IF NOT EXISTS mail (
    id integer PRIMARY KEY AUTOINCREMENT,
    received_at text NOT NULL,
    sender text NOT NULL,
    recipients text NOT NULL,
    raw blob NOT NULL
)
"""
_COLUMNS = "id, received_at, sender, recipients, raw"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it came. `sender` and `recipients` are those of the envelope."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(
            Attachment(
                name=part.get_filename() or f"part-{number}",
                media_type=part.get_content_type(),
                content=part.get_payload(decode=True) or b"",  # type: ignore[arg-type]
            )
            for number, part in enumerate(self.message.iter_attachments(), start=1)
        )

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        if part is None:
            return ""
        content = part.get_payload(decode=True)
        charset = part.get_content_charset("utf-8")
        try:
            return content.decode(charset, errors="replace") if isinstance(content, bytes) else ""
        except LookupError:  # a character set that nobody knows
            return content.decode("utf-8", errors="replace") if isinstance(content, bytes) else ""


class Store:
    """Opens the file for each call, so that any thread may use it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(_TABLE)

    def add(self, *, sender: str, recipients: list[str], raw: bytes) -> int:
        """Keep one message; it is on the disk when this returns. Returns its number."""
        with self._open() as database:
            cursor = database.execute(
                "INSERT INTO mail (received_at, sender, recipients, raw) VALUES (?, ?, ?, ?)",
                (clock.now().isoformat(), sender, json.dumps(recipients), raw),
            )
            return cursor.lastrowid or 0

    def newest(self, *, to: str = "", before: int | None = None, limit: int) -> list[Mail]:
        """Newest first; `to` is one recipient's whole address, whatever its case."""
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_COLUMNS} FROM mail WHERE id < ? AND (? = '' OR EXISTS"  # noqa: S608
                " (SELECT 1 FROM json_each(recipients) WHERE lower(value) = lower(?)))"
                " ORDER BY id DESC LIMIT ?",
                (2**62 if before is None else before, to, to, limit),
            ).fetchall()
        return [_mail(row) for row in rows]

    def get(self, number: int) -> Mail | None:
        with self._open() as database:
            row = database.execute(f"SELECT {_COLUMNS} FROM mail WHERE id = ?", (number,)).fetchone()  # noqa: S608
        return None if row is None else _mail(row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=10)) as database, database:
            database.execute("PRAGMA synchronous = FULL")
            yield database


def _mail(row: tuple[int, str, str, str, bytes]) -> Mail:
    number, received_at, sender, recipients, raw = row
    return Mail(number, datetime.fromisoformat(received_at), sender, tuple(json.loads(recipients)), raw)
