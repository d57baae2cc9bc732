"""What other packages give to notices and see of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

type Facts = Mapping[str, object]

type Attach = Callable[[UUID, str], tuple[str, bytes] | None]
"""From an invoice and a language to its file name and PDF."""

type LinkFor = Callable[[str, tuple[str, ...], Facts, str], str]
"""From a page and what it is of, the notice's facts and a language to an address with host; "" for none."""


class Audience(Enum):
    """Whom a notice goes to by e-mail. In the product everybody sees it who may open its page."""

    ADMINISTRATORS = "administrators"
    FINANCIAL_CONTACT = "financial_contact"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an e-mail goes to, and the language that it is written in."""

    email: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A notice in one language, as text: nothing of it is mark-up."""

    title: str
    body: tuple[str, ...]  # paragraphs
    button: str  # what is done on the page
    unexpected: str  # what to do if it was not you
    figure: str = ""  # what the reader came for
    caption: str = ""  # what the figure is
    rows: tuple[tuple[str, str], ...] = ()  # label and value
    page: str = ""  # url name of the page where to act
    about: tuple[str, ...] = ()  # what that page is of, as its address names it
    query: str = ""  # what of it, where its address says that behind a question mark


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice as a page shows it."""

    id: UUID
    kind: str
    wording: Wording
    created_at: datetime
    read: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One notice, and the addresses that its e-mails go to."""

    notice: NoticeView
    to: tuple[str, ...]

    @property
    def id(self) -> UUID:
        return self.notice.id

    @property
    def happened_at(self) -> datetime:
        return self.notice.created_at


@dataclass(frozen=True, slots=True)
class Choice:
    """Who hears of a kind by e-mail. `label` is a msgid."""

    kind: str
    label: str
    concerns: tuple[Audience, ...]
    told: frozenset[Audience]


@dataclass(frozen=True, slots=True)
class Glance:
    """What Home says of notices."""

    newest: tuple[NoticeView, ...]
    unread: int  # of all
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Outbox:
    """Mail that has not gone out. `stuck` were refused so often that nothing tries them any more."""

    waiting: int
    failing: int  # of those waiting, tried before without success
    stuck: int
    oldest_at: datetime | None  # when the oldest one waiting was written
