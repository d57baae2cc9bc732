"""Write a remittance: all that a bank is to be asked and was not yet (PAY-4, PAY-5).

What that is follows from the slips: those that it has to register, those that nobody owes any more, those with another due
date. What was asked is written down, so that it is asked once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.payments import bank_files, registry
from abono.domain.payments.bank_files import FileInfo
from abono.domain.payments.errors import BankTakesNoFile, NothingToAsk
from abono.domain.payments.push import Act
from abono.flows.requests.ask import UNWANTED
from abono.platform.numbering import next_number
from abono.platform.use_case import use_case

MOST = 5_000  # orders in a file: what is left goes with the next one
_OPEN = f"""
SELECT r.id, CASE WHEN registered.due_date IS NULL THEN 'register'
                  WHEN {UNWANTED} THEN 'write_off'
                  ELSE 'new_due_date' END AS act
  FROM payments_paymentrequest r
  JOIN invoicing_invoice i ON i.id = r.invoice_id
  LEFT JOIN LATERAL (SELECT o.due_date FROM payments_bankorder o
                      WHERE o.request_id = r.id ORDER BY o.id DESC LIMIT 1) registered ON true
 WHERE r.gateway = %(gateway)s AND r.means = 'slip' AND r.state IN ('asked', 'payable')
   AND CASE WHEN registered.due_date IS NULL THEN r.state = 'asked' AND NOT {UNWANTED}
            WHEN {UNWANTED} THEN NOT EXISTS (SELECT FROM payments_bankorder o WHERE o.request_id = r.id AND o.act = 'write_off')
            ELSE r.state = 'payable' AND r.due_date <> registered.due_date END
 ORDER BY r.number LIMIT %(most)s
"""  # noqa: S608 - our own words


@use_case
def remit(*, gateway: str, actor: str, real: datetime) -> FileInfo:
    """The account's next file, numbered without a gap. Raises NothingToAsk, BankTakesNoFile."""
    files = registry.bank_files(gateway)
    if files is None:
        raise NothingToAsk()
    number = next_number(f"remittance:{gateway}")  # others who write one for this account wait from here on
    orders = bank_files.orders_of(to_ask(gateway))
    if not orders:
        raise NothingToAsk()
    try:
        made = files.write([order for _info, order in orders], number, real)
    except ValueError as why:
        raise BankTakesNoFile(str(why)) from why
    return bank_files.keep_remittance(
        gateway=gateway, number=number, made=made, orders=orders, actor=actor, real=real
    )


def to_ask(gateway: str) -> Mapping[UUID, Act]:
    """What the bank of an account is to be asked, by slip."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"gateway": gateway, "most": MOST})
        return {request_id: Act(act) for request_id, act in cursor.fetchall()}
