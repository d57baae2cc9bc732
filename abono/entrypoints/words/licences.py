"""What is said of somebody's licence, in words for people: what it means, and how to mend it (LIC-1…4, LIC-7, LIC-8)."""

from __future__ import annotations

from collections.abc import Mapping

from abono.flows.licences.said import Word
from abono.kernel.errors import _

DONE: Mapping[Word, str] = {
    Word.GRANTED: _("The person is in. Send a heartbeat within “next_heartbeat_in” seconds."),
    Word.WAITING: _(
        "All licences are in use; the person waits at “position”. Send a heartbeat within “next_heartbeat_in” seconds."
    ),
    Word.SET_ASIDE: _(
        "A licence waits for the person: claim it within “left_s” seconds, or the next one gets it."
    ),
    Word.RELEASED: _("The person is not in, and does not wait."),
}

REFUSED: Mapping[Word, tuple[str, str]] = {
    Word.ALL_IN_USE: (
        _("All licences of the contract are in use, or set aside for who waits."),
        _(
            "Free a licence on the page “Licences in use”, buy one more, or ask with “wait” for a place in the queue."
        ),
    ),
    Word.AWAITING_PAYMENT: (
        _("The contract begins when its first payment arrives."),
        _("Pay the first invoice."),
    ),
    Word.CONTRACT_ENDED: (
        _("The contract has ended: nobody comes in with it any more."),
        _("Use the contract that is in force now."),
    ),
    Word.CONTRACT_RESTRICTED: (
        _("The contract is restricted: nobody comes in until it is settled."),
        _("Pay what is overdue, or ask the seller why it is restricted."),
    ),
    Word.DEACTIVATED: (
        _("The person does not belong to the organization any more."),
        _("Ask an Administrator to let them in again."),
    ),
    Word.FREED: (
        _("An Administrator freed the licence."),
        _("Ask them why; then sign in again with a new id."),
    ),
    Word.IDLE: (
        _("The person did nothing for a while, and somebody else waited for the licence."),
        _("Sign in again with a new id, or wait for a licence."),
    ),
    Word.LOST: (
        _(
            "No heartbeat came in time, or a licence that was set aside was not claimed: it, or the place, is somebody else's."
        ),
        _("Sign in again with a new id, and send heartbeats as “next_heartbeat_in” says."),
    ),
    Word.NO_LEASE: (
        _("Nobody of this name has a licence or a place with this id: it was never there, or it is over."),
        _("Sign in with a new id."),
    ),
    Word.QUEUE_FULL: (
        _("As many people wait as can."),
        _("Try again later, or buy more licences."),
    ),
    Word.REDUCED: (
        _("The contract has fewer licences now, and the person had been idle longest."),
        _("Sign in again with a new id, or buy more licences."),
    ),
    Word.TAKEN_OVER: (
        _("The same person came in on another device."),
        _("To go on here, sign in again with a new id; the other device will be told."),
    ),
}
