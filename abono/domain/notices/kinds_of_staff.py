"""What the seller's people are told (ACC-5): by e-mail alone, and never to a customer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from abono.domain.notices.kind import (
    APPROVAL,
    AS_STAFF,
    BACK_OFFICE,
    BANK_FILE,
    BY_ITSELF,
    KEYS,
    MONEY,
    RUNS,
    SELLERS_KEYS,
    SOMEBODY_DID,
    STANDING,
    Case,
    Kind,
    always,
)
from abono.domain.notices.types import Audience, Facts
from abono.kernel.errors import _

_UNTIL = _("Undecided for seven days, it runs out, and nothing is done.")
_ROWS = ((_("Invoice"), "invoice"), (_("Contract"), "number"), (_("Reason"), "why"))


def _is(act: str) -> Callable[[Facts], bool]:
    return lambda facts: facts["act"] == act


def _of_seller(facts: Facts) -> bool:
    return bool(facts.get("seller"))


def _kept(facts: Facts) -> bool:
    return bool(facts.get("kept"))


def _what(what: str) -> Callable[[Facts], bool]:
    return lambda facts: facts["what"] == what


def _ended(state: str) -> Callable[[Facts], bool]:
    return lambda facts: facts["state"] == state


_to_staff = partial(Kind, audience=(), for_seller=True)
_of_approval = partial(_to_staff, body=(), figure="{total}", rows=_ROWS, page=APPROVAL, unexpected=AS_STAFF)
_of_key = partial(
    Kind,
    needs=("key_name", "letters", "by"),
    rows=((_("Begins with"), "letters"),),
    cases=(Case(_of_seller, (), page=SELLERS_KEYS),),
    page=KEYS,
    button=_("See the keys"),
    unexpected=SOMEBODY_DID,
    audience=(Audience.ADMINISTRATORS,),
)

OF_STAFF: dict[str, Kind] = {
    "staff_invited": _to_staff(
        name=_("You work for the seller"),
        title=_("{organization} lets you into its back office"),
        body=(
            _("{by} gave you access. What you see there depends on your roles."),
            _(
                "Sign in with this e-mail address. The link to choose a password serves once and for three days."
            ),
        ),
        needs=("name", "by", "person_id", "person_email"),
        page=BACK_OFFICE,
        button=_("Open the back office"),
        unexpected=_("If you did not expect this, do nothing. Questions: {seller_email}."),
    ),
    "renewals_parked": _to_staff(
        name=_("Some renewals were given up"),
        title=_("A billing run has ended with renewals that were given up"),
        body=(
            _(
                "They are billed once what is wrong is repaired and they are tried again. All others are renewed."
            ),
        ),
        needs=("parked",),
        figure="{parked}",
        page=RUNS,
        button=_("See them"),
        unexpected=AS_STAFF,
    ),
    "payment_contested": _to_staff(
        name=_("A payment is contested"),
        title=_("{disputed} of {buyer} is contested: evidence until {answer_date}"),
        body=(
            _(
                "It was paid, and its holder asks the bank for it back. Hand in at the bank, until that day, what shows that the payment was meant."
            ),
        ),
        cases=(
            Case(
                _kept,
                (
                    _(
                        "It pays for nothing any more, or its invoice is not paid: it stands under the money to look at until somebody writes down what became of it."
                    ),
                ),
                page=MONEY,
                button=_("Look at it"),
            ),
            Case(
                always,
                (
                    _(
                        "Write down with the invoice what you said there, and the last day where the bank names another one."
                    ),
                ),
            ),
        ),
        needs=(
            "number",
            "invoice",
            "invoice_id",
            "buyer",
            "disputed_minor",
            "currency",
            "answer_date",
            "why",
        ),
        figure="{disputed}",
        caption=_("evidence until {answer_date}"),
        rows=((_("Organization"), "buyer"), *_ROWS),
        page=STANDING,
        button=_("Write down the evidence"),
        unexpected=AS_STAFF,
    ),
    "bank_file_waits": _to_staff(
        name=_("A file for the bank waits"),
        title=_("File {file_number} for the bank needs somebody"),
        body=(),
        needs=("what", "file", "file_number", "file_id"),
        rows=((_("File"), "file"), (_("Number of the slip"), "slip")),
        cases=(
            Case(
                _what("not_fetched"),
                (
                    _(
                        "Nobody has downloaded it since the last bank day. What it asks, slips to register and to write off, the bank knows only once the file was sent."
                    ),
                ),
            ),
            Case(
                _what("not_answered"),
                (
                    _(
                        "No return of the bank has told of {orders} of its orders so far. Take in the returns that the bank has ready, or ask it whether the file arrived."
                    ),
                ),
            ),
            Case(
                always,
                (
                    _(
                        "The bank refused three times to write off a slip that nobody owes any more, and is not asked again. Write it off in the bank’s own pages, or ask the bank: until then it can be paid."
                    ),
                ),
            ),
        ),
        page=BANK_FILE,
        button=_("See the file"),
        unexpected=AS_STAFF,
    ),
    "bank_file_given_up": _to_staff(
        name=_("Work on a bank file was given up"),
        title=_("Work on files of the bank account {account} was given up"),
        body=(),
        needs=("what", "account", "why"),
        rows=((_("File"), "file"), (_("Reason"), "why")),
        cases=(
            Case(
                _what("not_written"),
                (
                    _(
                        "It failed too often to write what the bank is to be asked, and no file is written by itself any more. Write the next one on the page of bank files: it says as well what is wrong. Once that is put right, whoever runs the installation lets it be tried again (`abono parked --again`)."
                    ),
                ),
            ),
            Case(
                always,
                (
                    _(
                        "It failed too often to apply lines of a return: what they tell, such as slips that were paid, is not recorded. Once what is wrong is put right, whoever runs the installation lets it be tried again (`abono parked --again`)."
                    ),
                ),
            ),
        ),
        page=BANK_FILE,
        button=_("See the bank files"),
        unexpected=AS_STAFF,
    ),
    "approval_asked": _of_approval(
        name=_("A second person is asked"),
        title=_("Somebody asks you to be the second person"),
        needs=("approval_id", "act", "total_minor", "currency"),
        cases=(
            Case(
                _is("credit_note"),
                (
                    _("A credit note of {total} waits for somebody else to agree."),
                    _UNTIL,
                ),
            ),
            Case(
                _is("one_off"),
                (
                    _("A one-off invoice of {total} waits for somebody else to agree."),
                    _UNTIL,
                ),
            ),
            Case(
                _is("write_off"),
                (
                    _("A write-off of {total} waits for somebody else to agree."),
                    _UNTIL,
                ),
            ),
            Case(
                _is("refund"),
                (
                    _("A refund of {total} waits for somebody else to agree."),
                    _UNTIL,
                ),
            ),
            Case(
                _is("receipt"),
                (
                    _("A payment of {total} that somebody recorded waits for somebody else to agree."),
                    _UNTIL,
                ),
            ),
            Case(
                _is("arrangement"),
                (
                    _(
                        "An own price or an add-on of contract {number} waits for somebody else to agree: what the contract pays changes by {total} a month."
                    ),
                    _UNTIL,
                ),
            ),
            Case(
                _is("adjustment"),
                (
                    _("Prices wait to be adjusted by an index: customers pay {total} a month more in all."),
                    _UNTIL,
                ),
            ),
            Case(
                always,
                (
                    _(
                        "Contracts wait to be moved to newer versions: what customers pay changes by {total} a month in all."
                    ),
                    _UNTIL,
                ),
            ),
        ),
        button=_("Look and decide"),
    ),
    "approval_ended": _of_approval(
        name=_("A second person has decided"),
        title=_("What you asked a second person for"),
        needs=("approval_id", "act", "total_minor", "currency", "state", "answer"),
        cases=(
            Case(_ended("done"), (_("A second person agreed, and it is done."),)),
            Case(
                _ended("failed"),
                (_("A second person agreed, but it is no longer possible. Nothing was done. {answer}"),),
            ),
            Case(_ended("refused"), (_("A second person refused. Nothing was done. Reason: {answer}"),)),
            Case(always, (_("Nobody decided within seven days, so it ran out. Nothing was done."),)),
        ),
        button=_("See the request"),
    ),
}

OF_KEYS: dict[str, Kind] = {
    "key_issued": _of_key(
        name=_("New API key"),
        title=_("A new API key was made: {key_name}"),
        body=(_("{by} made it. A program with it does what the key may do, without anybody signing in."),),
    ),
    "key_ends": _of_key(
        name=_("API key ends soon"),
        title=_("An API key ends on {end_date}: {key_name}"),
        body=(
            _("Programs that use it are refused from then on."),
            _(
                "Replace it before: the new key may do the same, and the old one goes on for as long as you choose."
            ),
        ),
        needs=("key_name", "letters", "end_date"),
        button=_("Replace the key"),
        unexpected=BY_ITSELF,
    ),
    "key_revoked": _of_key(
        name=_("API key ended"),
        title=_("An API key has ended: {key_name}"),
        body=(_("{by} ended it. Programs that use it are refused from now on."),),
    ),
    "key_bound": _of_key(
        name=_("IP addresses of an API key changed"),
        title=_("An API key works from other IP addresses: {key_name}"),
        body=(
            _(
                "{by} changed from which IP addresses programs may use it. Where none is named, it works from anywhere."
            ),
        ),
        rows=(
            (_("Begins with"), "letters"),
            (_("Addresses until now"), "before"),
            (_("Addresses from now on"), "after"),
        ),
    ),
}
