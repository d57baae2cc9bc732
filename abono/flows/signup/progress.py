"""How far a contract that is made on the site has come, for the browser that makes it (CON-3, CON-4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from abono.domain.contracts import actions as signups
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.states import State as ContractState
from abono.domain.contracts.types import ContractInfo, Draft
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import State
from abono.domain.payments.types import AttemptInfo


class Stage(Enum):
    OPEN = "open"  # nothing was charged: details, choice and card can change
    DECLINED = "declined"  # the same, after a card that was not accepted
    NEVER_RECEIVED = "never_received"  # the same, after a charge that the gateway never received
    TO_PAY = "to_pay"  # a Pix waits to be paid: until it is, or cannot be any more, nobody asks for the money otherwise
    CONFIRMING = "confirming"  # a charge is on its way: its answer decides, nobody charges again
    DONE = "done"  # the contract is paid


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is.

    hint      a word of `port.Hint` when a card was declined, else empty
    checking  the gateway took another sum than was asked for: somebody looks at it (PAY-12)
    attempt   the newest one, where money was asked of a card
    asked     the newest Pix, where that came after: what waits to be paid, or what was not paid in time
    """

    stage: Stage
    contract: ContractInfo | None = None
    hint: str = ""
    checking: bool = False
    attempt: AttemptInfo | None = None
    asked: RequestInfo | None = None

    @property
    def retry(self) -> str:
        """A word of `port.Retry` when a card was declined, else empty."""
        return "" if self.attempt is None else self.attempt.decline_retry

    @property
    def tried(self) -> bool:
        """Whether it was to be paid before."""
        return self.stage is not Stage.OPEN or self.asked is not None

    @property
    def open(self) -> bool:
        return self.stage in (Stage.OPEN, Stage.DECLINED, Stage.NEVER_RECEIVED)


def progress(draft: Draft) -> Progress:
    """Where the draft stands."""
    if draft.contract_id is None:
        return Progress(Stage.DECLINED if draft.declined else Stage.OPEN, hint=draft.declined)
    try:
        contract = contracts.get(draft.contract_id)
    except NoSuchContract:  # its card was declined since the draft was read (CON-9)
        return progress(signups.read_signup(draft.id))
    if contract.state is not ContractState.PENDING:
        return Progress(Stage.DONE, contract)
    first = invoices.find(contract.id, key=keys.FIRST)
    newest = None if first is None else payments.newest_attempt(first.id)
    asked = None if first is None else requests.newest(first.id)
    if asked is not None and (newest is None or asked.asked_at > newest.created_at):
        return _by_pix(contract, asked)
    if newest is None:
        return Progress(Stage.OPEN, contract)
    if newest.state is State.DECLINED:
        return Progress(Stage.DECLINED, contract, newest.decline_hint, attempt=newest)
    if newest.state is State.LOST:
        return Progress(Stage.NEVER_RECEIVED, contract, attempt=newest)
    return Progress(Stage.CONFIRMING, contract, checking=newest.state is State.DIFFERS, attempt=newest)


def _by_pix(contract: ContractInfo, asked: RequestInfo) -> Progress:
    """Where something else came for it than was asked for, somebody looks at it (PAY-12)."""
    if asked.open:
        return Progress(Stage.TO_PAY, contract, asked=asked)
    if asked.came_to_nothing:
        return Progress(Stage.OPEN, contract, asked=asked)
    return Progress(Stage.CONFIRMING, contract, checking=True, asked=asked)
