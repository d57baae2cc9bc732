"""The outbox: mail leaves after the transaction that caused it, once, by any number of workers."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from enum import Enum
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
from django.db import transaction
from django.db.models import Q

from abono.domain.notices.mail import compose
from abono.domain.notices.models import Email
from abono.domain.notices.types import Attach, LinkFor

log = logging.getLogger(__name__)

MAX_TRIES = 12  # a message that is refused so often is left for a person to look at
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
_LONGEST_PAUSE_AWAY = timedelta(minutes=10)  # asking a server whether it is back costs nobody anything
# What the server says of us, not of one message: a wrong password is no reason to give up on the mail.
_OF_US = (SMTPAuthenticationError, SMTPConnectError, SMTPHeloError, SMTPSenderRefused)
# A claim must outlive the sending that it is for: a run stops taking mail long before its first claim ends.
_CLAIM = timedelta(minutes=10)
_RUN_S = 120


class _End(Enum):
    SENT = "sent"
    REFUSED = "refused"  # this message, by the server or by our own mistake; others may go
    LATER = "later"  # this message, for now
    AWAY = "away"  # no server: the others need not find that out one by one


def send_due(*, now: datetime, limit: int, attach: Attach, link_for: LinkFor) -> int:
    """Send the mail that is due at `now`, the system's moment. Returns how many messages went out.

    Call it outside of a transaction: each message is claimed in one, sent outside of any, and noted in another.
    A worker that dies in between leaves a claim that ends; after success nothing is sent again. While the
    server is away nothing is lost and nothing is given up, the pauses only grow.
    """
    sent, began = 0, time.monotonic()
    connection = get_connection()
    try:
        for _ in range(limit):
            email = _claim(now) if time.monotonic() - began < _RUN_S else None
            if email is None:
                break
            end, failure = _deliver(email, connection, attach, link_for)
            _note(email, end, failure, now)
            sent += end is _End.SENT
            if end is _End.AWAY:
                break
    finally:
        connection.close()
    return sent


def _claim(now: datetime) -> Email | None:
    """Take the message that waits longest; nobody else has it until the claim ends.

    A new one is due whatever its moment says: that is of its customer's clock, which may run ahead.
    """
    with transaction.atomic(durable=True):
        due = Email.objects.filter(Q(tries=0) | Q(send_at__lte=now), sent_at=None, tries__lt=MAX_TRIES)
        email = due.select_for_update(skip_locked=True).order_by("send_at", "id").first()
        if email is not None:
            email.tries += 1
            email.send_at = now + _CLAIM
            email.save(update_fields=["tries", "send_at"])
        return email


def _deliver(
    email: Email, connection: BaseEmailBackend, attach: Attach, link_for: LinkFor
) -> tuple[_End, str]:
    try:
        message = compose(email.id, attach=attach, link_for=link_for)
    except Exception as mistake:  # a message that cannot be written must not hold up those behind it
        log.exception("e-mail %s cannot be written", email.id)
        return _End.REFUSED, type(mistake).__name__
    message.connection = connection
    try:
        connection.open()
        message.send()
    except SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()), (550, b""))
        return _answered(connection, code, text)
    except _OF_US as answer:
        connection.close()
        return _End.AWAY, str(answer)
    except SMTPResponseException as answer:
        return _answered(connection, answer.smtp_code, answer.smtp_error)
    except OSError as trouble:  # also what smtplib raises when the line is cut
        connection.close()
        return _End.AWAY, f"{type(trouble).__name__}: {trouble}"
    except ValueError as mistake:  # an address or header that cannot be written
        log.exception("e-mail %s cannot be written", email.id)
        return _End.REFUSED, type(mistake).__name__
    return _End.SENT, ""


def _answered(connection: BaseEmailBackend, code: int, text: bytes | str) -> tuple[_End, str]:
    connection.close()
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return (_End.REFUSED if code >= 500 else _End.LATER), f"{code} {said}"


def _note(email: Email, end: _End, failure: str, now: datetime) -> None:
    if end is _End.SENT:
        Email.objects.filter(id=email.id).update(sent_at=now, failure="")
        return
    # Only refusals use up the last try.
    tries = email.tries if end is _End.REFUSED else min(email.tries, MAX_TRIES - 1)
    longest = _LONGEST_PAUSE_AWAY if end is _End.AWAY else _LONGEST_PAUSE
    pause = min(_FIRST_PAUSE * 2 ** (tries - 1), longest)
    Email.objects.filter(id=email.id, sent_at=None).update(
        tries=tries, send_at=now + pause, failure=failure.replace("\x00", "")[:200]
    )
    log.warning("e-mail %s was not sent, try %s: %s", email.id, email.tries, failure)
