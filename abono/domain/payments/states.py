"""The states of one attempt to be paid. An unclear answer is a state (PAY-7)."""

from __future__ import annotations

from enum import Enum

from abono.kernel.lifecycle import Lifecycle


class State(Enum):
    CREATED = "created"  # about to be sent; after a crash it is treated as unknown
    UNKNOWN = "unknown"  # sent, no clear answer: asked about until known
    PAID = "paid"
    DECLINED = "declined"
    LOST = "lost"  # the gateway never received it: nobody said no
    DIFFERS = "differs"  # another sum or currency was taken than we asked for: a person looks at it (PAY-12)
    REVERSED = "reversed"  # paid, and lost at the bank to a holder who disputed it (PAY-10)
    SURPLUS = "surplus"  # given up as lost and paid after all, when another attempt paid: money to give back


class RefundState(Enum):
    ASKED = "asked"  # the gateway is asked for it until it says how it ended
    DONE = "done"
    FAILED = "failed"  # it cannot go back there: it is owed, until somebody says what becomes of it
    OWED = "owed"  # no way leads back to whoever paid it: it is owed, until somebody says how it was paid
    AGAIN = "again"  # it failed, and another one asks for the same
    PAID_OUT = "paid"  # it was paid otherwise
    CREDITED = "credit"  # it stays credit


REFUND = Lifecycle(
    "refund",
    {
        RefundState.ASKED: (RefundState.DONE, RefundState.FAILED),
        RefundState.FAILED: (RefundState.AGAIN, RefundState.PAID_OUT, RefundState.CREDITED),
        RefundState.OWED: (RefundState.PAID_OUT, RefundState.CREDITED),
    },
)
UNPAID = (RefundState.FAILED, RefundState.OWED)  # a person says what becomes of it
NOT_GIVEN = (RefundState.AGAIN, RefundState.CREDITED)  # nothing goes back by these


class Because(Enum):
    """Why money goes back (PAY-9)."""

    MISTAKE = "mistake"  # it should not have been billed
    TWICE = "twice"  # paid twice, or too much
    SERVICE = "service"  # the service was not as promised
    LEFT = "left"  # what was left of the credit of a contract that ended
    REGRET = "regret"  # the contract was given back within its first days (CON-10)
    OTHER = "other"


SAID = (
    Because.MISTAKE,
    Because.TWICE,
    Because.SERVICE,
    Because.OTHER,
)  # by people; the others say themselves


class RequestState(Enum):
    """Of a slip or a Pix that asks for the money of an invoice (PAY-4)."""

    CREATED = "created"  # about to be asked for; after a crash it is asked for again, under its own key
    ASKED = "asked"  # the bank has it, or gets it with the next file: nobody can pay it yet
    PAYABLE = "payable"
    PAID = "paid"  # something came for it: what, its receipts say
    REFUSED = "refused"  # the bank does not take it
    ENDED = "ended"  # it ran out, or was taken back: nobody can pay it any more


REQUEST = Lifecycle(
    "payment request",
    {
        RequestState.CREATED: (
            RequestState.ASKED,
            RequestState.PAYABLE,
            RequestState.PAID,
            RequestState.REFUSED,
            RequestState.ENDED,
        ),
        RequestState.ASKED: (
            RequestState.PAYABLE,
            RequestState.PAID,
            RequestState.REFUSED,
            RequestState.ENDED,
        ),
        RequestState.PAYABLE: (RequestState.PAID, RequestState.ENDED),
        RequestState.ENDED: (RequestState.PAID,),  # banks take a while to stop taking money
    },
)
REQUESTED = (RequestState.CREATED, RequestState.ASKED, RequestState.PAYABLE)  # money may still come for it


class MandateState(Enum):
    """Of what a payer of Pix agrees to once, so as to be charged from then on (PAY-11)."""

    CREATED = "created"  # about to be asked for; after a crash it is looked for by its name
    ASKED = "asked"  # its payer has not answered
    AGREED = "agreed"
    REFUSED = "refused"  # by its payer, or by the service
    ENDED = "ended"  # cancelled by whoever it was, or nobody answered in time


MANDATE = Lifecycle(
    "mandate",
    {
        MandateState.CREATED: (
            MandateState.ASKED,
            MandateState.AGREED,
            MandateState.REFUSED,
            MandateState.ENDED,
        ),
        MandateState.ASKED: (MandateState.AGREED, MandateState.REFUSED, MandateState.ENDED),
        MandateState.AGREED: (MandateState.ENDED,),
    },
)
ALIVE = (MandateState.CREATED, MandateState.ASKED, MandateState.AGREED)


class Direction(Enum):
    """Of a file with orders to a bank, or with what a bank tells."""

    REMITTANCE = "remittance"
    RETURN = "return"


class Did(Enum):
    """What a line of a bank's return did here."""

    REGISTERED = "registered"  # its slip can be paid from now on
    REFUSED = "refused"  # the bank does not take its slip
    NOT_DONE = "not_done"  # the bank did not write off its slip, which is asked again
    PAID = "paid"  # its money is booked
    WRITTEN_OFF = "written_off"  # nobody can pay its slip any more
    NEW_DUE_DATE = "new_due_date"
    NOTED = "noted"  # nothing: the bank only says it
    KNOWN = "known"  # nothing: it was so already
    KEPT = "kept"  # its money can pay for nothing here, and is kept for somebody to look at (PAY-12)
    UNKNOWN = "unknown"  # nothing: no slip of ours has its number


class Way(Enum):
    """How money comes or goes without a card."""

    TRANSFER = "transfer"
    CASH = "cash"
    OTHER = "other"
    PIX = "pix"
    SLIP = "slip"


BY_HAND = (Way.TRANSFER, Way.CASH, Way.OTHER)  # as somebody of the seller writes it down


class DisputeState(Enum):
    """Of what somebody contests: an invoice that is not paid, or a payment at the bank (INV-5, PAY-10)."""

    OPEN = "open"
    WON = "won"  # it stays owed, or paid
    LOST = "lost"  # what was paid went back and is owed again; what was owed is written off


DISPUTE = Lifecycle("dispute", {DisputeState.OPEN: (DisputeState.WON, DisputeState.LOST)})


class Why(Enum):
    """Why money at a gateway matches nothing here (PAY-12)."""

    DIFFERS = "differs"  # another sum or currency than was asked
    NOBODY = "nobody"  # no attempt of ours has its key
    DISPUTED = "disputed"  # it paid, and the holder contests it at the bank
    SURPLUS = "surplus"  # what it was for is paid otherwise, or not wanted any more


ATTEMPT = Lifecycle(
    "payment attempt",
    {
        State.CREATED: (State.UNKNOWN, State.PAID, State.DECLINED, State.LOST, State.DIFFERS),
        State.UNKNOWN: (State.PAID, State.DECLINED, State.LOST, State.DIFFERS),
        State.DECLINED: (State.PAID, State.DIFFERS, State.SURPLUS),
        State.LOST: (State.PAID, State.DIFFERS, State.SURPLUS),  # a charge that we had given up
        State.DIFFERS: (State.PAID, State.DECLINED),  # the gateway mended it, or gave the money back
        State.PAID: (State.REVERSED,),
    },
)
LIVE = (State.CREATED, State.UNKNOWN, State.DIFFERS, State.PAID)  # at most one of these per invoice
OPEN = (State.CREATED, State.UNKNOWN)  # the gateway is asked about it
UNDECIDED = (*OPEN, State.DIFFERS)  # nobody knows yet whether it pays: meanwhile nothing else may
