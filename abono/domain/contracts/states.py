"""The states of a contract (CON-6) and of a change of it (CHG-1), and the moves between them."""

from __future__ import annotations

from enum import Enum

from abono.kernel.lifecycle import Lifecycle


class ChangeState(Enum):
    QUOTED = "quoted"  # somebody sees what it would be; nothing is promised, nothing done
    CONFIRM = "confirm"  # accepted, for the link in a mail to whoever accepted it (CHG-6)
    APPROVAL = "approval"  # accepted, for the seller's word (CHG-6)
    WAITING = "waiting"  # accepted, for its payment
    SCHEDULED = "scheduled"  # what is a step down of it begins with the next cycle
    APPLIED = "applied"
    GIVEN_UP = "given_up"  # another one was accepted before this one was paid
    LAPSED = (
        "lapsed"  # nobody confirmed or approved it in time, or it was not as quoted any more when they did
    )
    REFUSED = "refused"  # by the seller
    WITHDRAWN = "withdrawn"  # by its customer, before it or its step down began
    UNDONE = "undone"


CHANGE = Lifecycle(
    "change",
    {
        ChangeState.QUOTED: (ChangeState.CONFIRM, ChangeState.APPROVAL, ChangeState.WAITING),
        ChangeState.CONFIRM: (
            ChangeState.APPROVAL,
            ChangeState.WAITING,
            ChangeState.LAPSED,
            ChangeState.WITHDRAWN,
        ),
        ChangeState.APPROVAL: (
            ChangeState.WAITING,
            ChangeState.LAPSED,
            ChangeState.REFUSED,
            ChangeState.WITHDRAWN,
        ),
        ChangeState.WAITING: (
            ChangeState.SCHEDULED,
            ChangeState.APPLIED,
            ChangeState.GIVEN_UP,
            ChangeState.WITHDRAWN,
        ),
        ChangeState.SCHEDULED: (ChangeState.APPLIED, ChangeState.WITHDRAWN, ChangeState.UNDONE),
        ChangeState.APPLIED: (ChangeState.UNDONE,),
        ChangeState.WITHDRAWN: (ChangeState.UNDONE,),  # what held at once of it
    },
)

HELD_CHANGE = (ChangeState.CONFIRM, ChangeState.APPROVAL)  # nothing of it is done before somebody's word
CAME_TO_NOTHING = (ChangeState.GIVEN_UP, ChangeState.LAPSED, ChangeState.REFUSED, ChangeState.WITHDRAWN)
OPEN_CHANGE = (ChangeState.QUOTED, *HELD_CHANGE, ChangeState.WAITING, ChangeState.SCHEDULED)


class State(Enum):
    PENDING = "pending"  # signed, the first charge is not paid yet
    ACTIVE = "active"
    RESTRICTED = "restricted"  # overdue or fraud: pages to pay stay open
    ENDING = "ending"  # cancellation asked; serves until the cycle ends
    ENDED = "ended"


SERVED = (State.PENDING, State.ACTIVE, State.RESTRICTED, State.ENDING)  # one of these per customer
RUNNING = (State.ACTIVE, State.RESTRICTED, State.ENDING)  # has cycles and balances
RENEWED = (State.ACTIVE, State.RESTRICTED)  # goes on to its next cycle

CONTRACT = Lifecycle(
    "contract",
    {
        State.PENDING: (State.ACTIVE, State.ENDED),
        State.ACTIVE: (State.RESTRICTED, State.ENDING, State.ENDED),
        State.RESTRICTED: (State.ACTIVE, State.ENDING, State.ENDED),
        State.ENDING: (State.ACTIVE, State.RESTRICTED, State.ENDED),
    },
)


CANCELLATION_WITHDRAWN = "contract.cancellation_withdrawn"


def event_of(before: State, after: State) -> str:
    """What tells of that move of a contract."""
    if before is State.RESTRICTED and after is not State.ENDED:
        return "contract.released"
    if before is State.ENDING and after is State.ACTIVE:
        return CANCELLATION_WITHDRAWN
    if after is State.ACTIVE:
        return "contract.activated"
    return f"contract.{after.value}"


class Arranged(Enum):
    """What was arranged for one contract (CAT-11): a price of its own of a plan or a package, or an add-on."""

    PLAN = "plan"  # the plan's fee
    PACKAGE = "package"  # what the package costs: its value stays
    EXTRA_INTERACTION = "extra_interaction"
    EXTRA_LICENCE = "extra_licence"
    ADD_ON = "add_on"
