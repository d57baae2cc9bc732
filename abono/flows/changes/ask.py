"""Ask what a change of plan, package or licences would be: a quote, which nothing follows from until it is accepted (CHG-1)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.contracts import changes
from abono.domain.contracts import queries as contracts
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.states import State
from abono.flows import locks
from abono.flows.billing.renew import catch_up
from abono.flows.changes.hold import lapse_if_over
from abono.flows.collecting.charge import finish
from abono.flows.quotes.kept import keep
from abono.flows.quotes.quote import quoted
from abono.flows.quotes.seen import Seen, seen_of
from abono.kernel.moment import Moment


def make_quote(
    *,
    contract_id: UUID,
    customer_id: UUID,
    plan_code: str,
    package_code: str,
    extra_licences: int | None = None,
    interval: str | None = None,
    actor: str,
    moment: Moment,
) -> Seen:
    """Quote a change to a plan and a package on sale; the code of what the contract has keeps its version. Nothing of the
    contract is touched.

    extra_licences   beside those of the plan; None: as many as it has
    interval         by which the plan is to be paid for; None: as it is

    Raises NoSuchContract, and as `quoted`.
    """
    contracts.whose(contract_id, customer_id=customer_id)
    _hear_of_one_left_behind(contract_id, actor=actor, moment=moment)
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        catch_up(contract, now=moment.now)
        lapse_if_over(contract, now=moment.now)
        quote = quoted(contract, plan_code, package_code, extra_licences, interval, now=moment.now)
        return seen_of(keep(contract, quote, actor=actor, now=moment.now))


def _hear_of_one_left_behind(contract_id: UUID, *, actor: str, moment: Moment) -> None:
    """A change without an answer, whose process may have been killed, gets it now, if the gateway knows it."""
    waits = changes.waiting_id(contract_id)
    invoice = None if waits is None else invoices.of_change(waits)
    attempt = None if invoice is None else payments.newest_attempt(invoice.id)
    if attempt is not None and attempt.state is State.CREATED:
        finish(attempt.id, again=False, actor=actor, moment=moment)
