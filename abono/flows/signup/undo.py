"""A declined try leaves nothing behind for anybody: no organization, no card, no contract (CON-9)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.states import State as ContractState
from abono.domain.coupons import actions as coupons
from abono.domain.customers import actions as customers
from abono.domain.invoicing import actions as invoicing
from abono.domain.notices import actions as notices
from abono.domain.payments import kept_cards, unmatched
from abono.domain.payments import queries as payment_queries
from abono.domain.payments.pushed import requests
from abono.domain.payments.registry import gateway
from abono.domain.payments.states import State
from abono.flows import locks
from abono.platform.idempotency import Ask


def undo(*, signup_id: UUID, contract_id: UUID, actor: str, now: datetime, ask: Ask | None = None) -> bool:
    """Take away what a try made whose card was declined; the order keeps what was typed, and goes on.

    Returns False, and changes nothing, when a charge may have reached its bank in spite of what we heard: then the
    contract must still be there to become active (PAY-7), or while a Pix of it could be paid. Likewise where another sum was taken
    for it, even if that went back: it is in the books (PAY-13). Who comes again goes on with it.
    """
    try:
        with locks.draft(signup_id), locks.contract(contract_id) as contract:
            customer_id = contract.customer_id
            attempts = payment_queries.attempts_of(customer_id)
            clear = all(one.state is State.DECLINED for one in attempts) and not unmatched.came_from(
                customer_id
            )
            if ContractState(contract.state) is not ContractState.PENDING or not clear:
                return False
            if not requests.forget(customer_id=customer_id, real=now):
                return False
            hint = attempts[-1].decline_hint if attempts else ""
            if ask is not None and attempts:  # nothing else will tell of it any more (API-2)
                ask.note(hint=hint, retry=attempts[-1].decline_retry)
            for name, token in kept_cards.forget_declined(customer_id=customer_id):
                transaction.on_commit(partial(gateway(name).forget_card, token), robust=True)
            notices.forget(customer_id=customer_id)  # of an unclear answer that was no in the end
            invoicing.erase_drafts(contract_id=contract_id)
            coupons.forget(contract_id)
            contracts.unsign(contract, declined=hint, actor=actor, now=now)
            customers.erase(customer_id=customer_id, actor=actor, now=now)
    except NoSuchContract:  # somebody else was faster
        return False
    return True
