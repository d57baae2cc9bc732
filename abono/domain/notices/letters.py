"""Letters to one person about how they sign in: of no organization, so they are no notices (ACC-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext, override

from abono.domain.notices.mail import one_line, written
from abono.domain.notices.types import Wording
from abono.kernel.errors import _
from abono.platform import queue
from abono.platform.queue import Lane

FORGOT, CHANGED = "forgot_password", "password_changed"
FACTOR_ADDED, FACTOR_REMOVED, SECOND_REMOVED = "factor_added", "factor_removed", "second_removed"
NEW_EMAIL, EMAIL_KNOWN, EMAIL_CHANGED = "new_email", "email_known", "email_changed"
_AT_ONCE = _(
    "If this was not you, choose a new password at once with “Forgot your password?” on the sign-in page, and write to {seller_email}."
)


@dataclass(frozen=True, slots=True)
class Letter:
    title: str
    body: tuple[str, ...]
    unexpected: str = _AT_ONCE
    button: str = ""


LETTERS: Mapping[str, Letter] = {
    FORGOT: Letter(
        _("Choose a new password"),
        (
            _(
                "Somebody, most likely you, asked for a link to choose a new password for {email}. It serves once and for one hour."
            ),
        ),
        _(
            "If you did not ask for it, there is nothing to do: without this link nobody changes your password."
        ),
        _("Choose a new password"),
    ),
    CHANGED: Letter(
        _("Your password was changed"),
        (_("You sign in with the new one from now on. Everywhere else you were signed out."),),
    ),
    NEW_EMAIL: Letter(
        _("Confirm your new e-mail address"),
        (
            _(
                "You want to sign in with {email} from now on. Open this link within a day, sign in as until now, and confirm. Until then nothing changes."
            ),
        ),
        _("If you did not ask for it, there is nothing to do: with this link alone nobody changes anything."),
        _("Confirm the address"),
    ),
    EMAIL_KNOWN: Letter(
        _("Somebody wanted to use your e-mail address"),
        (
            _(
                "On another account, somebody who is signed in asked to use {email} from now on. It is that of your account already, so nothing was changed."
            ),
        ),
        _(
            "If it was you, sign in with {email}, or choose another address there. Else there is nothing to do."
        ),
    ),
    EMAIL_CHANGED: Letter(
        _("The e-mail address of your account was changed"),
        (
            _("You sign in with {address} from now on, and our mail goes there."),
            _(
                "If this was not you, take it back within seven days: your account has {email} again, everybody is signed out, and you choose a new password."
            ),
        ),
        _("If you changed it yourself, there is nothing to do. Questions: {seller_email}."),
        _("It was not me: take it back"),
    ),
    FACTOR_ADDED: Letter(
        _("Your account has another way to prove that it is you"),
        (_("It was added on the page “Security” and is asked for after your password, or instead of it."),),
    ),
    FACTOR_REMOVED: Letter(
        _("A way to prove that it is you was removed"),
        (_("It was removed on the page “Security”, or by whoever runs this installation."),),
    ),
    SECOND_REMOVED: Letter(
        _("Your second proof was removed"),
        (
            _(
                "{by} removed it from your account because you asked for it: {what}. You were signed out everywhere."
            ),
            _(
                "Sign in with your password and add a new second proof on the page “Security”: until then your password alone protects your account."
            ),
        ),
        _(
            "If you did not ask for it, somebody else did in your name and may know your password. Choose a new one at once with “Forgot your password?” on the sign-in page, add a second proof, and write to {seller_email}."
        ),
    ),
}
FACTORS: Mapping[str, str] = {
    "codes": _("the application that makes codes"),
    "passkey": _("your passkeys"),
    "recovery_codes": _("your recovery codes"),
}


def send_soon(
    name: str,
    *,
    person_id: UUID,
    language: str,
    address: str = "",
    change: UUID | None = None,
    by: str = "",
    what: Sequence[str] = (),
) -> None:
    """A worker sends it, to whoever this is then, once the caller's transaction is through.

    address   where to, if not to that of their account
    change    of the account's address, which the letter's link undoes
    by, what  who removed which FACTORS
    """
    queue.defer(
        queue.SEND_LETTER,
        lane=Lane.MAIL,
        letter=name,
        person_id=str(person_id),
        language=language,
        address=address,
        change="" if change is None else str(change),
        by=by,
        what=",".join(what),
    )


def compose(
    name: str,
    *,
    to_name: str,
    to_email: str,
    language: str,
    link: str = "",
    address: str = "",
    by: str = "",
    what: Sequence[str] = (),
) -> EmailMultiAlternatives:
    """The letter in its reader's language. Raises KeyError for one that is not in the table.

    address   another one, of which the letter speaks
    """
    letter = LETTERS[name]
    facts = {
        "email": to_email,
        "address": address,
        "by": one_line(by),
        "seller_email": settings.ABONO_SELLER["email"],
    }

    def say(msgid: str) -> str:
        return gettext(msgid).format_map(facts) if msgid else ""

    with override(language):
        facts["what"] = ", ".join(gettext(FACTORS[kind]) for kind in what)
        wording = Wording(
            title=say(letter.title),
            body=tuple(say(paragraph) for paragraph in letter.body),
            button=say(letter.button),
            unexpected=say(letter.unexpected),
        )
    return written(wording, to=(to_name, to_email), language=language, link=link, button=wording.button)
