"""All work that time makes due: the same for the workers' jobs, for a moved sandbox clock and for tests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from abono.domain.approvals.actions import EXPIRE as APPROVAL_EXPIRES
from abono.domain.campaigns import actions as campaigns
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.changes import LAPSES
from abono.domain.contracts.due import END, RENEW, TRIAL_ENDS
from abono.domain.customers import queries as customers
from abono.domain.identity.actions import KEY_ENDS
from abono.domain.invoicing.actions import COLLECT, FOLLOW_UP, ISSUE
from abono.domain.metering import actions as metering
from abono.domain.payments.actions import ASK, NEWS, SEND
from abono.domain.payments.files.bank_files import APPLY
from abono.domain.payments.kept_cards import EXPIRES
from abono.domain.payments.pushed.agreed import LOOK as LOOK_AT_MANDATE
from abono.domain.payments.pushed.requests import LOOK
from abono.domain.payments.refunds import SEND as REFUND
from abono.domain.restrictions.due import DEBT_ENDS
from abono.flows.approvals.decide import expire as expire_approval
from abono.flows.bank_files.apply import apply_lines
from abono.flows.bank_files.daily import WRITE, keep_schedule, write_due
from abono.flows.bank_files.given_up import tell_of_parked
from abono.flows.bank_files.watch import WATCH, look_at_file
from abono.flows.billing import run
from abono.flows.billing.renew import renew
from abono.flows.billing.review import issue_due
from abono.flows.billing.trials import tell_trial_ends
from abono.flows.campaigns.expire import EXPIRE
from abono.flows.changes.hold import lapse
from abono.flows.collecting.charge import send_charge
from abono.flows.collecting.chase import chase, hear_news
from abono.flows.collecting.collect import collect
from abono.flows.endings.credit_left import PAY_BACK, pay_back_left
from abono.flows.endings.debt import look_at_debt
from abono.flows.endings.finish import end_due
from abono.flows.keys import tell_key_ends
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.mandates.ask import cancel_unwanted, look_at_mandate
from abono.flows.overdue import follow_up, take_up
from abono.flows.refunds.send import send_refund
from abono.flows.requests.ask import look, look_at_unwanted
from abono.flows.uncovered.tell import tell_uncovered
from abono.flows.wallet import tell_card_expires
from abono.kernel.moment import Moment
from abono.platform import agenda, queue
from abono.platform.agenda import Entry, Kind

log = logging.getLogger(__name__)


def _renew(entry: Entry, moment: Moment) -> bool:
    renew(contract_id=entry.subject, now=moment.now)
    return True


def _end(entry: Entry, moment: Moment) -> bool:
    end_due(contract_id=entry.subject, now=moment.now)
    return True


def _issue(entry: Entry, moment: Moment) -> bool:
    issue_due(invoice_id=entry.subject, now=moment.now)
    return True


def _follow_up(entry: Entry, moment: Moment) -> bool:
    look = take_up if entry.key else follow_up  # a key: issued before 0.3.0
    look(invoice_id=entry.subject, now=moment.now)
    return True


def _collect(entry: Entry, moment: Moment) -> bool:
    return collect(invoice_id=entry.subject, due_at=entry.due_at, moment=moment)


def _expire(entry: Entry, moment: Moment) -> bool:
    campaigns.expire_due(now=moment.now, contract_id=entry.subject)
    return True


def _chase(entry: Entry, moment: Moment) -> bool:
    chase(attempt_id=entry.subject, real=moment.real)
    return True


def _send(entry: Entry, moment: Moment) -> bool:
    send_charge(attempt_id=entry.subject, real=moment.real)
    return True


def _refund(entry: Entry, moment: Moment) -> bool:
    send_refund(refund_id=entry.subject, real=moment.real)
    return True


def _look(entry: Entry, moment: Moment) -> bool:
    look(request_id=entry.subject, real=moment.real)
    return True


def _look_at_mandate(entry: Entry, moment: Moment) -> bool:
    look_at_mandate(mandate_id=entry.subject, real=moment.real)
    return True


def _apply(entry: Entry, moment: Moment) -> bool:
    apply_lines(file_id=entry.subject, first=int(entry.key), real=moment.real)
    return True


def _write(entry: Entry, moment: Moment) -> bool:
    write_due(account=entry.key, real=moment.real)
    return True


def _watch(entry: Entry, moment: Moment) -> bool:
    look_at_file(file_id=entry.subject, key=entry.key, real=moment.real)
    return True


def _hear(entry: Entry, moment: Moment) -> bool:
    hear_news(event_id=entry.subject, real=moment.real)
    return True


def _run_out(entry: Entry, moment: Moment) -> bool:
    expire_approval(approval_id=entry.subject, now=moment.real)
    return True


def _lapse(entry: Entry, moment: Moment) -> bool:
    lapse(change_id=entry.subject, now=moment.now)
    return True


def _trial_ends(entry: Entry, moment: Moment) -> bool:
    tell_trial_ends(contract_id=entry.subject, now=moment.now)
    return True


def _debt_ends(entry: Entry, moment: Moment) -> bool:
    look_at_debt(contract_id=entry.subject, now=moment.now)
    return True


def _card_expires(entry: Entry, moment: Moment) -> bool:
    tell_card_expires(method_id=entry.subject, days=int(entry.key), now=moment.now)
    return True


def _pay_back(entry: Entry, moment: Moment) -> bool:
    pay_back_left(contract_id=entry.subject, moment=moment)
    return True


def _key_ends(entry: Entry, moment: Moment) -> bool:
    tell_key_ends(key_id=entry.subject, days=int(entry.key), now=moment.real)
    return True


# What is done for each kind; False where it has to wait for somebody.
_DO: dict[Kind, Callable[[Entry, Moment], bool]] = {
    EXPIRE: _expire,
    APPROVAL_EXPIRES: _run_out,
    LAPSES: _lapse,
    RENEW: _renew,
    END: _end,
    ISSUE: _issue,
    COLLECT: _collect,
    FOLLOW_UP: _follow_up,
    SEND: _send,
    ASK: _chase,
    NEWS: _hear,
    LOOK: _look,
    LOOK_AT_MANDATE: _look_at_mandate,
    APPLY: _apply,
    WRITE: _write,
    WATCH: _watch,
    REFUND: _refund,
    KEY_ENDS: _key_ends,
    TRIAL_ENDS: _trial_ends,
    DEBT_ENDS: _debt_ends,
    PAY_BACK: _pay_back,
    EXPIRES: _card_expires,
}
_BY_NAME = {kind.name: do for kind, do in _DO.items()}
OURS = tuple(kind for kind in _DO if not kind.real)
REAL = tuple(kind for kind in _DO if kind.real)
TOGETHER = tuple(kind for kind in _DO if kind.together)


def work(*, kind: str, subject: UUID, key: str, real: datetime) -> None:
    """What a worker was called for; nothing where it is done, moved or in somebody's hands meanwhile."""
    found = agenda.find(kind, subject=subject, key=key)
    if found is None:
        return
    ahead_s = customers.get(found.customer_id).clock_offset_s if found.own_clock and found.customer_id else 0
    now = real + timedelta(seconds=ahead_s)
    taken = agenda.take(found, now=now)
    if taken is not None:
        _do(taken, Moment(real, now))


def work_off(
    *,
    now: datetime,
    real: datetime | None = None,
    customer_id: UUID | None = None,
    kinds: Collection[Kind] = OURS,
) -> int:
    """Do what is due at `now`, one after the other, and what follows from it. Returns how much went well.

    Without `customer_id`, for all who live by real time: a sandbox is worked for at its own moment (TIM-2), and
    `real` is said.
    """
    done, moment = 0, Moment(real or now, now)
    while (entry := agenda.claim(now=now, customer_id=customer_id, kinds=kinds)) is not None:
        done += _do(entry, moment)
    return done


def _do(entry: Entry, moment: Moment) -> bool:
    """Whatever goes wrong is written down and tried again; it holds up nobody else."""
    try:
        done = _BY_NAME[entry.kind](entry, moment)
    except Exception as trouble:
        log.exception("%s of %s failed", entry.kind, entry.subject)
        agenda.fail(entry, f"{type(trouble).__name__}: {trouble}", now=moment.now)
        return False
    (agenda.finish if done else agenda.sleep)(entry)
    return done


def expire_holds(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Release holds of sends that were not settled in time (PKG-5). Returns how many."""
    if customer_id is None:
        return metering.expire(now=now)
    return sum(
        metering.expire(now=now, contract_id=contract.id)
        for contract in contracts.list_for_customer(customer_id)
    )


def run_due_work(*, now: datetime, real: datetime | None = None, customer_id: UUID | None = None) -> int:
    """Everything due at `now`, here and now. Returns how much there was: zero means quiet."""
    done = expire_holds(now=now, customer_id=customer_id)  # first: what is released is not billed
    done += work_off(now=now, real=real, customer_id=customer_id) + tell_thresholds()
    return done + tell_uncovered(real=real or now)


def sweep(*, real: datetime) -> None:
    """Once a minute: holds end, and workers are called for what is due, each sandbox by its own clock (TIM-2)."""
    _apart(partial(expire_holds, now=real), "holds")
    _apart(partial(look_at_unwanted, real=real), "slips and Pix that are not wanted any more")
    _apart(partial(cancel_unwanted, real=real), "mandates of contracts that have ended")
    _apart(partial(keep_schedule, real=real), "files for banks that are written by themselves")
    _apart(partial(tell_of_parked, real=real), "work on files of banks that was given up")
    _apart(partial(call_for_run, real=real), "a billing run")
    agenda.call_workers(now=real, but=TOGETHER)
    for sandbox in customers.sandboxes():
        now = sandbox.moment(real).now
        _apart(partial(expire_holds, now=now, customer_id=sandbox.id), f"holds of sandbox {sandbox.id}")
        agenda.call_workers(now=now, sandbox=sandbox.id)


def call_for_run(*, real: datetime) -> int:
    """Renewals that are due are done by a run, in as many jobs as there are chunks, one for each worker at most. Returns how many
    jobs were put down."""
    chunks = run.chunks_due(now=real)
    return queue.call_up_to(queue.BILLING_RUN, min(chunks, agenda.workers()), lane=RENEW.lane)


def _apart(do: Callable[[], object], what: str) -> None:
    try:
        do()
    except Exception:  # whatever it is, it must not hold up the others
        log.exception("%s cannot end", what)
