"""The outbox of e-mails: at once when something is told, and once a minute for those that did not go out."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from abono.domain.notices import actions as notices
from abono.entrypoints.site import links
from abono.flows.billing import documents
from abono.platform import clock, queue
from abono.platform.queue import Lane


@app.periodic(cron="* * * * *")
@app.task(name=queue.SEND_EMAILS, queue=Lane.MAIL, queueing_lock=queue.SEND_EMAILS)
def send_emails(timestamp: int = 0) -> None:
    notices.send_due(now=clock.now(), limit=100, attach=_attach, link_for=links.link_for)


def _attach(invoice_id: UUID, language: str) -> tuple[str, bytes]:
    return documents.invoice_file(invoice_id=invoice_id, language=language, real=clock.now())
