"""The outbox of e-mails: at once when something is told, and once a minute for those that did not go out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from abono.domain.identity import queries as people
from abono.domain.identity.errors import DocumentPasswordLost
from abono.domain.notices import actions as notices
from abono.domain.notices import letters
from abono.domain.payments.errors import SlipNotPayable
from abono.domain.payments.pushed import requests
from abono.entrypoints.site import links
from abono.flows.billing import documents
from abono.flows.documents.slip import paper_of
from abono.platform import clock, queue
from abono.platform.queue import Lane

if TYPE_CHECKING:
    from abono.domain.identity.models import Person


@app.periodic(cron="* * * * *")
@app.task(name=queue.SEND_EMAILS, queue=Lane.MAIL, queueing_lock=queue.SEND_EMAILS)
def send_emails(timestamp: int = 0) -> None:
    notices.send_due(now=clock.now(), limit=100, attach=_attach, link_for=links.link_for)


def _attach(document_id: UUID, language: str) -> tuple[str, bytes] | None:
    """The invoice or the slip; none where its password is lost, or the slip cannot be paid any more: what the mail says is told all
    the same, and the page says why."""
    slip = requests.find(document_id)
    try:
        if slip is not None:
            return paper_of(slip, language)
        return documents.invoice_file(invoice_id=document_id, language=language, real=clock.now())
    except (DocumentPasswordLost, SlipNotPayable):
        return None


@app.task(name=queue.SEND_LETTER, queue=Lane.MAIL, retry=RetryStrategy(max_attempts=6, exponential_wait=4))
def send_letter(
    letter: str,
    person_id: str,
    language: str,
    address: str = "",
    change: str = "",
    by: str = "",
    what: str = "",
) -> None:
    """To one person about their sign-in; to nobody where there is nobody: who asks must not learn whether there is.

    Links are made here, so that they stand in no job and no log.

    address   where it goes, if not to that of the account: a new one that is to be proven, or the one from before
    change    of the address, which its link undoes
    by, what  who removed which factors
    """
    person = people.person(UUID(person_id))
    if person is None or not person.is_active:
        return
    if letter == letters.NEW_EMAIL and (known := people.find_person(address)) is not None:
        person, letter, language = known, letters.EMAIL_KNOWN, known.language
    make = _LINKS.get(letter)
    letters.compose(
        letter,
        to_name=person.name,
        to_email=address or person.email,
        language=language,
        link=make(person, address, change, language) if make else "",
        address=person.email,
        by=by,
        what=what.split(",") if what else (),
    ).send()


_LINKS: dict[str, Callable[[Person, str, str, str], str]] = {
    letters.FORGOT: lambda person, _address, _change, language: links.reset_password_url(person.id, language),
    letters.NEW_EMAIL: lambda person, address, _change, language: links.email_proof_url(
        person, address, language
    ),
    letters.EMAIL_CHANGED: lambda person, address, change, language: links.email_back_url(
        person.id, address, UUID(change), language
    ),
}
