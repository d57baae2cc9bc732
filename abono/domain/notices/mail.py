"""An e-mail as it leaves: text and HTML in the same hand, in its reader's language (LNG-1)."""

from __future__ import annotations

from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from abono.domain.notices.kind import PAYMENT_LINK, SET_PASSWORD
from abono.domain.notices.models import Email
from abono.domain.notices.types import Attach, Facts, LinkFor, Wording
from abono.domain.notices.wording import Reader, word


def compose(email_id: UUID, *, attach: Attach, link_for: LinkFor) -> EmailMultiAlternatives:
    """The message of one row of the outbox, ready to be sent.

    Its Message-ID is always the same one: a receiver that gets it twice, because we died between the
    server's yes and our note of it, can see that it is one message.
    """
    email = Email.objects.select_related("notice__customer").get(id=email_id)
    customer = email.notice.customer
    organization = settings.ABONO_SELLER["name"] if customer is None else customer.legal_name
    time_zone = "UTC" if customer is None else customer.time_zone
    wording = word(email.notice.kind, email.notice.facts, Reader(organization, time_zone, email.language))
    with override(email.language):
        link, button = _button(email, wording, link_for)
    message = written(
        wording,
        to=(email.to_name, email.to_email),
        language=email.language,
        organization=organization,
        link=link,
        button=button,
        pay_link=_pay_link(email, wording, link_for),
    )
    message.extra_headers["Message-ID"] = f"<{email.id}@{_domain()}>"
    if email.attachment is not None:
        document = attach(email.attachment, email.language)
        if document is not None:
            message.attach(*document, "application/pdf")
    return message


def written(
    wording: Wording,
    *,
    to: tuple[str, str],
    language: str,
    link: str,
    button: str,
    organization: str = "",
    pay_link: str = "",
) -> EmailMultiAlternatives:
    """What a notice or a letter says, in the one form that all of ours have. `to` is a name and an address, `pay_link` for
    whoever pays without an account."""
    name, address = one_line(to[0]), to[1]
    with override(language):
        context = {
            "wording": wording,
            "language": language,
            "greeting": _("Hello, {name}.").format(name=name) if name else "",
            "organization": organization,
            "link": link,
            "button": button,
            "pay_link": pay_link,
            "pay_link_says": _(
                "Does somebody else pay for you? With this link anybody can pay this invoice by card, without an account; it shows nothing else of your organization."
            ),
            "pay_link_button": _("Payment link of this invoice"),
            "seller": settings.ABONO_SELLER,
        }
        text = render_to_string("notices/email.txt", context)
        html = render_to_string("notices/email.html", context)
    message = EmailMultiAlternatives(
        subject=one_line(wording.title),
        body=text,
        to=[formataddr((name, address))],
        headers={"Auto-Submitted": "auto-generated", "Content-Language": language},
    )
    message.attach_alternative(html, "text/html")
    return message


def _button(email: Email, wording: Wording, link_for: LinkFor) -> tuple[str, str]:
    """Address and words of the one button; a new administrator first chooses a password."""
    facts: Facts = email.notice.facts
    if email.to_email.lower() == str(facts.get("person_email", "")).lower():
        link = link_for(SET_PASSWORD, (), facts, email.language)
        if link:
            return link, _("Choose your password")
    # The address that signs somebody in is for that person alone: nobody else's mail can be made with it.
    others = {name: value for name, value in facts.items() if name not in ("person_id", "person_email")}
    link = link_for(wording.page, wording.about, others, email.language)
    return link and link + wording.query, wording.button


def _pay_link(email: Email, wording: Wording, link_for: LinkFor) -> str:
    """For whoever pays without an account, where the notice brings such a link beside its own page."""
    facts: Facts = email.notice.facts
    if wording.page == PAYMENT_LINK or "payment_link_id" not in facts:
        return ""
    return link_for(PAYMENT_LINK, (), {"payment_link_id": facts["payment_link_id"]}, email.language)


def one_line(text: str) -> str:
    """Text that is safe in a header: one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
