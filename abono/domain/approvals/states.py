"""The states of what a second person is asked for (ACC-5)."""

from __future__ import annotations

from enum import Enum

from abono.kernel.lifecycle import Lifecycle


class State(Enum):
    ASKED = "asked"  # waits for a second person
    APPROVED = "approved"  # between the word and the act: never seen from outside
    DONE = "done"  # the act was carried out
    FAILED = "failed"  # approved, and no longer possible: nothing was done
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by whoever asked
    EXPIRED = "expired"  # nobody decided in time


DECIDED = (State.APPROVED, State.DONE, State.FAILED, State.REFUSED)  # by a second person

APPROVAL = Lifecycle(
    "approval",
    {
        State.ASKED: (State.APPROVED, State.REFUSED, State.WITHDRAWN, State.EXPIRED),
        State.APPROVED: (State.DONE, State.FAILED),
    },
)
