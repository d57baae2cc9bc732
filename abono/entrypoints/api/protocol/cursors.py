"""Lists by cursor: newest first, a bounded page at a time, from the last one seen (API-5)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from ninja import Field, Schema
from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from abono.entrypoints.api.protocol.fields import Cursor, Moment
from abono.kernel.errors import Kind, Refusal, _

LIMIT, MOST = 50, 200


class HasId(Protocol):
    @property
    def id(self) -> UUID: ...


class BadCursor(Refusal):
    code = "bad_cursor"
    kind = Kind.INVALID
    message = _("This is no cursor of this list. Take “next_cursor” of the page before, as it is.")


class PageQuery(Schema):
    """How much of a list, from where."""

    limit: Annotated[int, Field(ge=1, le=MOST, description="Items on a page.")] = LIMIT
    cursor: Annotated[
        Cursor | None, Field(description="`next_cursor` of the page before; without it, the newest.")
    ] = None


class SpanQuery(PageQuery):
    """… of what was in `[since, until)`."""

    since: Moment | None = None
    until: Moment | None = None

    @field_validator("until")
    @classmethod
    def _after(cls, until: datetime | None, given: ValidationInfo) -> datetime | None:
        since = given.data.get("since")
        if until is not None and since is not None and until <= since:
            raise PydanticCustomError("before", "not after since")
        return until


def page[T](found: Sequence[T], limit: int, write: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """The page, and where the next one begins; `found` has one more than the page when there is a next one."""
    shown = found[:limit]
    return shown, write(shown[-1]) if len(found) > limit else None


def page_by_id[T: HasId](
    what: str, query: PageQuery, find: Callable[..., Sequence[T]], **wanted: object
) -> tuple[Sequence[T], str | None]:
    """The page of a list that goes by ids. `find` takes what is wanted, `before`, an id or None, and `limit`."""
    found = find(**wanted, before=read_id(what, query.cursor), limit=query.limit + 1)
    return page(found, query.limit, lambda last: write_cursor(what, last.id.bytes))


def write_cursor(what: str, key: bytes) -> str:
    """Opaque to its readers. `what` is one letter: a cursor of one list is none of another."""
    return base64.urlsafe_b64encode(what.encode() + key).decode().rstrip("=")


def read_cursor(what: str, text: str | None, *, length: int = 16) -> bytes | None:
    """The key of `length` bytes in a cursor; None for none. Raises BadCursor."""
    if text is None:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadCursor() from None
    if raw[:1] != what.encode() or len(raw) != length + 1 or write_cursor(what, raw[1:]) != text:
        raise BadCursor()
    return raw[1:]


def read_id(what: str, text: str | None) -> UUID | None:
    """The id in a cursor; None for none. Raises BadCursor."""
    raw = read_cursor(what, text)
    return None if raw is None else UUID(bytes=raw)
