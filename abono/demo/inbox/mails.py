"""Mail that came, one file each in a folder: it is there again after a restart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from itertools import islice
from pathlib import Path

from abono.platform import clock


@dataclass(frozen=True)
class Mail:
    """One message as it came; `sender` and `recipients` are those of the envelope."""

    id: int
    received_at: datetime
    sender: str
    recipients: list[str]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def attachments(self) -> list[tuple[str, str, bytes]]:
        """Name, media type and content of each."""
        return [
            (part.get_filename() or f"part-{number}", part.get_content_type(), _content(part))
            for number, part in enumerate(self.message.iter_attachments(), start=1)
        ]

    def part(self, kind: str) -> str:
        """The text of its `plain` or `html` part; empty when it has none."""
        part = self.message.get_body(preferencelist=(kind,))
        if not isinstance(part, EmailMessage):
            return ""
        try:
            return _content(part).decode(part.get_content_charset("utf-8"), errors="replace")
        except LookupError:  # a character set that nobody knows
            return _content(part).decode(errors="replace")


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


class Folder:
    """The mails of one inbox: a line about the envelope, then the message. One thread adds, any may read."""

    def __init__(self, place: Path) -> None:
        self._place = place
        place.mkdir(parents=True, exist_ok=True)

    def add(self, *, sender: str, recipients: list[str], raw: bytes) -> None:
        """Keep one message; it is on the disk when this returns. Raises OSError."""
        envelope = json.dumps({"at": clock.now().isoformat(), "from": sender, "to": recipients})
        coming = self._place / "coming"
        with coming.open("wb") as file:
            file.write(envelope.encode() + b"\n" + raw)
            file.flush()
            os.fsync(file.fileno())
        coming.rename(self._place / f"{max(self._numbers(), default=0) + 1}.eml")

    def newest(self, *, to: str = "", limit: int) -> list[Mail]:
        """Newest first; `to` is one recipient's whole address, whatever its case."""
        mails = map(self.get, map(str, sorted(self._numbers(), reverse=True)))
        wanted = (m for m in mails if m and (not to or to.lower() in map(str.lower, m.recipients)))
        return list(islice(wanted, limit))

    def get(self, number: str) -> Mail | None:
        """The mail of this number, if there is one; any text may be asked for."""
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            return None
        try:
            envelope, _, raw = (self._place / f"{number}.eml").read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        known = json.loads(envelope)
        return Mail(int(number), datetime.fromisoformat(known["at"]), known["from"], known["to"], raw)

    def _numbers(self) -> Iterator[int]:
        return (int(file.stem) for file in self._place.glob("*.eml"))
