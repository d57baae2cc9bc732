"""Mail leaves after the transaction that caused it, once, by any number of workers: see `platform.outbox`."""

from __future__ import annotations

import logging
from datetime import datetime
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from abono.domain.notices.mail import compose
from abono.domain.notices.models import Email
from abono.domain.notices.types import Attach, LinkFor
from abono.platform import outbox
from abono.platform.outbox import End

log = logging.getLogger(__name__)

# What the server says of us, not of one message: a wrong password is no reason to give up on the mail.
_OF_US = (SMTPAuthenticationError, SMTPConnectError, SMTPHeloError, SMTPSenderRefused)


def send_due(*, now: datetime, limit: int, attach: Attach, link_for: LinkFor) -> int:
    """Send the mail that is due at `now`, the system's moment. Returns how many messages went out.

    Call it outside of a transaction.
    """
    connection = get_connection()
    try:
        return outbox.deliver_due(
            Email,
            deliver=lambda email: _deliver(email, connection, attach, link_for),
            now=now,
            limit=limit,
        )
    finally:
        connection.close()


def _deliver(
    email: Email, connection: BaseEmailBackend, attach: Attach, link_for: LinkFor
) -> tuple[End, str]:
    try:
        message = compose(email.id, attach=attach, link_for=link_for)
    except Exception as mistake:  # a message that cannot be written must not hold up those behind it
        log.exception("e-mail %s cannot be written", email.id)
        return End.REFUSED, type(mistake).__name__
    message.connection = connection
    try:
        connection.open()
        message.send()
    except SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()), (550, b""))
        return _answered(connection, code, text)
    except _OF_US as answer:
        connection.close()
        return End.AWAY, str(answer)
    except SMTPResponseException as answer:
        return _answered(connection, answer.smtp_code, answer.smtp_error)
    except OSError as trouble:  # also what smtplib raises when the line is cut
        connection.close()
        return End.AWAY, f"{type(trouble).__name__}: {trouble}"
    except ValueError as mistake:  # an address or header that cannot be written
        log.exception("e-mail %s cannot be written", email.id)
        return End.REFUSED, type(mistake).__name__
    return End.SENT, ""


def _answered(connection: BaseEmailBackend, code: int, text: bytes | str) -> tuple[End, str]:
    connection.close()
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return (End.REFUSED if code >= 500 else End.LATER), f"{code} {said}"
