"""Prove balances, invoices, credit notes, credit, the journal and number series from the facts (OPS-2). It finds; it never repairs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from abono.domain.campaigns.check import DIFFERENCES as CAMPAIGNS
from abono.domain.credit.check import CREDIT
from abono.domain.interactions.check import DIFFERENCES as INTERACTIONS
from abono.domain.invoicing.check import CREDIT_NOTES
from abono.domain.journal import reconciliation
from abono.domain.journal.check import JOURNAL
from abono.domain.journal.reconciliation import Reconciliation
from abono.domain.licences.check import LICENCES
from abono.domain.metering.check import DIFFERENCES as CYCLES
from abono.domain.metering.check import Difference, differences
from abono.domain.uncovered.check import DIFFERENCES as UNCOVERED
from abono.domain.usage.check import DIFFERENCES as ROLLUPS
from abono.domain.withholding.check import WITHHELD
from abono.kernel import rating
from abono.platform import events
from abono.platform.use_case import use_case

THE_BOOKS = ("books", UUID(int=0))  # what the event of a failed check is about
log = logging.getLogger(__name__)

_INVOICES = {
    "invoice total is not the sum of its lines": """
        SELECT i.id::text, i.total_minor::text, coalesce(sum(l.amount_minor), 0)::text
          FROM invoicing_invoice i LEFT JOIN invoicing_invoiceline l ON l.invoice_id = i.id
         GROUP BY i.id HAVING i.total_minor <> coalesce(sum(l.amount_minor), 0) ORDER BY 1""",
    "invoice numbers of a series have a gap": """
        SELECT i.series, max(i.number)::text, count(i.number)::text
          FROM invoicing_invoice i WHERE i.number IS NOT NULL
         GROUP BY i.series HAVING max(i.number) <> count(i.number) ORDER BY 1""",
    "invoice of a sandbox in the series of real ones, or the other way round": """
        SELECT i.id::text, i.series, CASE WHEN u.sandbox THEN 'a sandbox' ELSE 'a customer' END
          FROM invoicing_invoice i JOIN customers_customer u ON u.id = i.customer_id
         WHERE i.number IS NOT NULL AND (i.series = 'A') = u.sandbox ORDER BY 1""",
    "counter of a series is not its last number": """
        SELECT c.name, c.value::text, coalesce(max(i.number), 0)::text
          FROM platform_counter c LEFT JOIN invoicing_invoice i ON c.name = 'invoice:' || i.series
         WHERE c.name LIKE 'invoice:%'
         GROUP BY c.name, c.value HAVING c.value <> coalesce(max(i.number), 0) ORDER BY 1""",
    "invoice is paid without the money, or the money is there and it is not paid": """
        SELECT i.id::text, i.state, coalesce(a.state, 'no payment')
          FROM invoicing_invoice i
          LEFT JOIN payments_attempt a ON a.invoice_id = i.id AND a.state = 'paid'
         WHERE ((i.state = 'paid' OR i.paid_at IS NOT NULL)
                AND i.total_minor > i.credited_minor + i.credit_used_minor + i.received_minor) <> (a.id IS NOT NULL)
            OR (a.amount_minor, a.currency)
               <> (i.total_minor - i.credited_minor - i.credit_used_minor - i.received_minor, i.currency)
         ORDER BY 1""",
    "what was received of an invoice is not what its payments say": """
        SELECT i.id::text, i.received_minor::text, sum(p.minor)::text
          FROM invoicing_invoice i
          JOIN (SELECT id AS invoice_id, 0::bigint AS minor FROM invoicing_invoice
                 UNION ALL
                SELECT invoice_id, amount_minor - credit_minor - late_minor + withheld_minor FROM payments_receipt WHERE withdrawn_at IS NULL
                 UNION ALL
                SELECT d.invoice_id, -d.amount_minor FROM payments_dispute d WHERE d.receipt_id IS NOT NULL AND d.state = 'lost'
                 UNION ALL
                SELECT a.invoice_id, a.amount_minor - d.amount_minor
                  FROM payments_attempt a JOIN payments_dispute d ON d.attempt_id = a.id AND d.state = 'lost'
                 WHERE a.state = 'reversed') p ON p.invoice_id = i.id
         GROUP BY i.id HAVING i.received_minor <> sum(p.minor) ORDER BY 1""",
    "an invoice was paid twice": """
        SELECT a.invoice_id::text, sum(a.amount_minor)::text, '0'
          FROM payments_attempt a WHERE a.state = 'surplus' GROUP BY a.invoice_id ORDER BY 1""",
    "more goes back to a card than it paid": """
        SELECT a.id::text, sum(r.amount_minor)::text, a.amount_minor::text
          FROM payments_refund r JOIN payments_attempt a ON a.id = r.attempt_id
         WHERE r.state NOT IN ('again', 'credit')
         GROUP BY a.id HAVING sum(r.amount_minor) > a.amount_minor OR a.state NOT IN ('paid', 'reversed') ORDER BY 1""",
    "more goes back of what came than it was": """
        SELECT p.id::text, sum(r.amount_minor)::text, p.amount_minor::text
          FROM payments_refund r JOIN payments_receipt p ON p.id = r.receipt_id
         WHERE r.state NOT IN ('again', 'credit')
         GROUP BY p.id HAVING sum(r.amount_minor) > p.amount_minor OR p.withdrawn_at IS NOT NULL ORDER BY 1""",
    "another sum was taken than was asked for": """
        SELECT a.id::text, u.currency || ' ' || u.amount_minor, a.currency || ' ' || a.amount_minor
          FROM payments_unmatchedmoney u JOIN payments_attempt a ON a.id = u.attempt_id
         WHERE u.why = 'differs' AND u.closed_at IS NULL ORDER BY 1""",
    "money at a gateway belongs to nobody": """
        SELECT u.gateway || ' ' || u.key, u.currency || ' ' || u.amount_minor, 'nothing'
          FROM payments_unmatchedmoney u WHERE u.why = 'nobody' AND u.closed_at IS NULL ORDER BY 1""",
}
_TIME = {
    "contract is not on the terms that hold in its cycle": """
        SELECT c.id::text, c.term_id::text, t.id::text
          FROM contracts_contract c
          LEFT JOIN LATERAL (SELECT id FROM contracts_term
                              WHERE contract_id = c.id AND (begins_at IS NULL OR begins_at < c.cycle_end)
                              ORDER BY begins_at DESC NULLS LAST, position DESC LIMIT 1) t ON true
         WHERE t.id IS DISTINCT FROM c.term_id ORDER BY 1""",
    "cycle does not begin where the one before it ends": """
        SELECT c.contract_id || ' ' || c.cycle_start, c.cycle_start::text, c.ended::text
          FROM (SELECT contract_id, cycle_start,
                       lag(cycle_end) OVER (PARTITION BY contract_id ORDER BY cycle_start) AS ended
                  FROM metering_cycle) c
         WHERE c.ended <> c.cycle_start
           AND NOT EXISTS (SELECT FROM contracts_contract k WHERE k.id = c.contract_id AND k.ended_at <= c.cycle_start)
         ORDER BY 1""",  # after the end of a contract nothing but what was held before somebody knew of it
}
# Per cycle what was billed of its overage. A raise after an interim invoice gives more package for what was billed:
# of a cycle that was billed under another package than it has now nothing is said.
_OVERAGE = """
SELECT c.contract_id, c.cycle_start, l.currency, l.billed_minor, c.value_micro, c.overage_percent,
       c.used_micro + coalesce((SELECT sum(s.sent * s.price_micro - s.saved_micro) FROM metering_campaign_slice s
                                 WHERE s.contract_id = c.contract_id AND s.cycle_start = c.cycle_start), 0)::bigint
  FROM (SELECT i.contract_id, l.period_start, i.currency, sum(l.amount_minor)::bigint AS billed_minor,
               min(l.name) AS package
          FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
         WHERE l.kind = 'overage' AND i.state <> 'cancelled'
         GROUP BY i.contract_id, l.period_start, i.currency HAVING min(l.name) = max(l.name)) l
  JOIN metering_cycle c ON c.contract_id = l.contract_id AND c.cycle_start = l.period_start
  JOIN catalog_package p ON p.id = c.package_id AND p.code = l.package
 ORDER BY 1, 2
"""
_AGENDA = {  # what is not there is never done
    "contract runs, and its end or its renewal is not in the agenda": """
        SELECT c.id::text, 'nothing', c.cycle_end::text FROM contracts_contract c
         WHERE c.state IN ('active', 'restricted', 'ending')
           AND NOT EXISTS (SELECT FROM platform_due d WHERE d.kind IN ('renew', 'end') AND d.subject = c.id)
         ORDER BY 1""",
    "contract is restricted for a debt and the agenda never looks at that": """
        SELECT r.contract_id::text, 'nothing', r.made_at::text FROM restrictions_restriction r
         WHERE r.cause = 'debt' AND r.lifted_at IS NULL
           AND NOT EXISTS (SELECT FROM platform_due d WHERE d.kind = 'debt_ends' AND d.subject = r.contract_id)
         ORDER BY 1""",
    "charge has no clear answer and the agenda asks for none": """
        SELECT a.id::text, 'nothing', a.state FROM payments_attempt a
         WHERE a.state IN ('created', 'unknown')
           AND NOT EXISTS (SELECT FROM platform_due d WHERE d.kind = 'ask_gateway' AND d.subject = a.id)
         ORDER BY 1""",
    "money is to go back and the agenda asks no gateway for it": """
        SELECT r.id::text, 'nothing', r.state FROM payments_refund r
         WHERE r.state = 'asked' AND NOT EXISTS (SELECT FROM platform_due d WHERE d.kind = 'refund' AND d.subject = r.id)
         ORDER BY 1""",
    "invoice is in review and the agenda never issues it": """
        SELECT i.id::text, 'nothing', i.key FROM invoicing_invoice i
         WHERE i.state = 'draft' AND i.reason = 'renewal' AND i.parked_why = ''
           AND NOT EXISTS (SELECT FROM platform_due d WHERE d.kind = 'issue' AND d.subject = i.id)
         ORDER BY 1""",
    "change waits for somebody's word and never lapses": """
        SELECT c.id::text, 'nothing', c.state FROM contracts_change c
         WHERE c.state IN ('confirm', 'approval')
           AND NOT EXISTS (SELECT FROM platform_due d WHERE d.kind = 'change_lapses' AND d.subject = c.id)
         ORDER BY 1""",
}

RENEWED_WITHIN = timedelta(hours=1)  # of the end of a cycle: the sweep comes once a minute
_OVERDUE = """
SELECT c.id::text, c.cycle_end::text, 'it ended'
  FROM contracts_contract c JOIN customers_customer u ON u.id = c.customer_id
 WHERE c.state IN ('active', 'restricted', 'ending')
   AND c.cycle_end < %s + make_interval(secs => u.clock_offset_s)
 ORDER BY c.cycle_end, 1
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is booked and does not follow from the facts."""

    what: str
    where: str
    booked: str
    proven: str


def check_books(
    *, contract_id: UUID | None = None, progress: Callable[[int], None] | None = None
) -> list[Finding]:
    """Every difference between what is booked and what the facts say; none is the only good answer.

    contract_id   only what metering knows of this contract
    progress      is told how many contracts are done, again and again
    """
    found = [
        Finding(
            f"{row.what} of a contract's cycle",
            f"{row.contract_id} {row.cycle_start or ''}".strip(),
            str(row.booked),
            str(row.proven),
        )
        for row in check_metering(contract_id=contract_id, progress=progress)
    ]
    if contract_id is not None:
        return found
    with connection.cursor() as cursor:
        for what, query in (
            _INVOICES | CREDIT_NOTES | CREDIT | JOURNAL | WITHHELD | LICENCES | _TIME | _AGENDA
        ).items():
            cursor.execute(query)
            found += [Finding(what, *row) for row in cursor.fetchall()]
        cursor.execute(_OVERAGE)
        found += [finding for row in cursor.fetchall() if (finding := _overage(*row))]
    return found


def overdue_renewals(*, now: datetime) -> list[Finding]:
    """Contracts whose cycle ended more than RENEWED_WITHIN ago, by their customers' clocks: whatever
    stands in the way of the next one, or of their end, nobody is billed and sends find no cycle (TIM-6)."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, [now - RENEWED_WITHIN])
        return [Finding("renewal is overdue", *row) for row in cursor.fetchall()]


def unreconciled(day: Reconciliation) -> list[Finding]:
    """What of a day of the clearing accounts nothing explains (PAY-13)."""
    return [
        Finding(
            "clearing account of a day is not what suppliers say",
            f"{day.day} {one.account} {one.reference}",
            str(one.booked or 0),
            str(one.told or 0),
        )
        for one in day.differences
    ]


def _overage(
    contract_id: UUID,
    cycle_start: datetime,
    currency: str,
    billed_minor: int,
    value_micro: int,
    percent: int,
    used_micro: int,
) -> Finding | None:
    """Never more than the use beyond the package costs at the price of its cycle (LIM-1, INV-3)."""
    costs_micro = rating.overage_price(rating.overage(used_micro, value_micro), percent)
    costs = rating.to_money(costs_micro, currency)
    if billed_minor <= costs.minor:
        return None
    return Finding(
        "overage that was billed is more than the use of its cycle costs",
        f"{contract_id} {cycle_start}",
        str(billed_minor),
        str(costs.minor),
    )


def check_metering(
    *, contract_id: UUID | None = None, progress: Callable[[int], None] | None = None
) -> list[Difference]:
    """Cycles, campaigns, interactions, customers' own limits and roll-ups, recomputed from their facts.

    contract_id   of this contract only
    progress      is told how many contracts are done, again and again
    """
    proofs = (*CYCLES, INTERACTIONS, CAMPAIGNS, UNCOVERED, ROLLUPS)
    return list(differences(proofs, contract_id=contract_id, progress=progress))


def check_nightly(*, now: datetime) -> int:
    """Check, and leave an event and a line in the log when the books do not agree. Returns how many differences."""
    yesterday = reconciliation.of_day(reconciliation.yesterday(now=now), now=now)
    found = check_books() + overdue_renewals(now=now) + unreconciled(yesterday)
    if found:
        log.error("the books do not agree: %s differences, first %s", len(found), found[0])
        _tell(found, now=now)
    return len(found)


@use_case
def _tell(found: list[Finding], *, now: datetime) -> None:
    first = found[0]
    events.record(
        name="books.differ",
        subject=THE_BOOKS,
        customer_id=None,
        actor="system",
        now=now,
        data={
            "differences": len(found),
            "first": {
                "what": first.what,
                "where": first.where,
                "booked": first.booked,
                "proven": first.proven,
            },
        },
    )
