from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import override_settings

from abono.domain.customers.models import Customer
from abono.domain.notices import actions as notices
from abono.domain.notices.types import Recipient
from tests.world import PADARIA

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ANA = Recipient("ana@padaria.example", "Ana Souza", "pt-br")
ELENA = Recipient("elena@padaria.example", "Elena Rojas", "es")
OLGA = Recipient("olga@padaria.example", "Olga Wood", "en")


class PostOffice:
    """A real SMTP server on loopback that keeps what it takes. `answer` decides on each message."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answer: Callable[[EmailMessage], str] = lambda _message: "250 ok"
        self.refused: Mapping[str, str] = {}  # answers to addresses
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._server: asyncio.Server | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        answer = await asyncio.to_thread(self.answer, message)
        if answer.startswith("250"):
            self.received.append(message)
        return answer

    def open(self) -> None:
        async def listen() -> asyncio.Server:
            return await self._loop.create_server(
                lambda: SMTP(self, loop=self._loop, enable_SMTPUTF8=True, hostname="post.localhost"),
                "127.0.0.1",
                self.port,
            )

        if not self._thread.is_alive():
            self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        async def shut() -> None:
            if self._server is not None:
                self._server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(shut(), self._loop).result(10)

    def end(self) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.received if address in str(message["To"])]


@pytest.fixture
def post() -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=office.port,
    ):
        yield office
    office.end()


@pytest.fixture
def padaria() -> UUID:
    return new_customer("Padaria Sol Ltda.").id


def new_customer(legal_name: str) -> Customer:
    return Customer.objects.create(
        legal_name=legal_name,
        country="BR",
        tax_id="11222333000181",
        language="pt-br",
        time_zone="America/Sao_Paulo",
        financial_name="Fabiana Reis",
        financial_email="financeiro@padaria.example",
        address=asdict(PADARIA.address),
        created_at=NOW,
    )


def no_paper(invoice_id: UUID, language: str) -> tuple[str, bytes]:
    raise AssertionError("no mail of this test has an attachment")


def link_for(page: str, about: tuple[str, ...], facts: Mapping[str, object], language: str) -> str:
    return f"https://abono.example/{language}/{page.partition(':')[2]}/"


def send(*, now: datetime = NOW, limit: int = 50) -> int:
    return notices.send_due(now=now, limit=limit, attach=no_paper, link_for=link_for)
