"""Whoever was to pay the first Pix of an order changes something, or pays otherwise (CON-4)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.flows.requests.ask import take_back
from abono.flows.signup.progress import Progress, progress
from abono.kernel.moment import Moment


def go_on_otherwise(*, signup_id: UUID, moment: Moment) -> Progress:
    """The Pix is taken back and the order open again, with all that was typed; where somebody paid it in that moment the contract
    is active. A second time changes nothing. Raises NoSuchSignup, PaymentUnderWay."""
    stand = progress(contracts.read_signup(signup_id))
    if stand.asked is not None and stand.asked.open:
        take_back(request_id=stand.asked.id, moment=moment)
    return progress(contracts.read_signup(signup_id))
