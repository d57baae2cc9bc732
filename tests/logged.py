"""No test leaves in the log what tells of persons or opens doors: each line is looked at as it is written in production."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from django.core import mail

from abono.gateways.simulator.company.cards import TEST_CARDS
from abono.platform.running.logs import JsonLines
from tests import world

_CUSTOMERS = (world.PADARIA, world.LUNA)
_TAX_IDS = [one.tax_id for one in _CUSTOMERS]
_KNOWN = [  # of the cast and of the simulator
    world.PASSWORD,
    world.SEED,
    world.ANA.name,
    *(one.financial_name for one in _CUSTOMERS),
    *(one.address.street for one in _CUSTOMERS),
    *_TAX_IDS,
    *(re.sub(r"\D", "", one) for one in _TAX_IDS),
    *(card.number for card in TEST_CARDS),
    *(card.spaced for card in TEST_CARDS),
]
_LOOKS_LIKE = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\babk_\w{16,}|\bwhsec_[\w+/=-]{16,}"
    r"|\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}\b"
)
_IN_A_LINK = re.compile(r"https?://\S+?[/=]([\w:=-]{20,})/?(?=[\s?&]|$)")


class _Book(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(autouse=True)
def nothing_private_is_logged() -> Iterator[None]:
    book, root = _Book(), logging.getLogger()
    root.addHandler(book)
    try:
        yield
    finally:
        root.removeHandler(book)
    assert leaks("\n".join(book.lines)) == []


def leaks(log: str) -> list[str]:
    """What stands in the lines and should not: of the cast, of any form that tells what it is, or a mailed link's token."""
    if not log:
        return []
    mailed = {token for one in getattr(mail, "outbox", ()) for token in _IN_A_LINK.findall(str(one.body))}
    return [*_LOOKS_LIKE.findall(log), *(one for one in (*_KNOWN, *mailed) if one in log)]
