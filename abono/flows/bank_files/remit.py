"""Write a remittance: all that a bank is to be asked and was not yet (PAY-4).

What that is follows from the slips: those that it has to register, and those that nobody owes any more. What was asked is
written down, so that it is asked once; a write-off that was refused is asked again, at most `bank_orders.MOST_TIMES` in all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.payments import registry
from abono.domain.payments.errors import BankTakesNoFile, NothingToAsk
from abono.domain.payments.files import bank_files, bank_orders
from abono.domain.payments.files.bank_files import FileInfo
from abono.domain.payments.ports.push import Act
from abono.domain.settings import queries as settings
from abono.domain.settings.bank_files import REMITTANCES_FROM
from abono.flows.bank_files.watch import watch
from abono.flows.requests.ask import UNWANTED
from abono.platform.numbering import next_number
from abono.platform.use_case import use_case

MOST = 5_000  # orders in a file: what is left goes with the next one
_OPEN = f"""
SELECT r.id, CASE WHEN asked.ever THEN 'write_off' ELSE 'register' END AS act
  FROM payments_paymentrequest r
  JOIN invoicing_invoice i ON i.id = r.invoice_id
 CROSS JOIN LATERAL (SELECT count(*) > 0 AS ever, count(*) FILTER (WHERE o.act = 'write_off') AS to_write_off,
                            count(*) FILTER (WHERE o.act = 'write_off' AND NOT o.refused) AS not_refused
                       FROM payments_bankorder o WHERE o.request_id = r.id) asked
 WHERE r.gateway = %(gateway)s AND r.means = 'slip' AND r.state IN ('asked', 'payable')
   AND CASE WHEN asked.ever THEN {UNWANTED} AND asked.not_refused = 0 AND asked.to_write_off < %(times)s
            ELSE r.state = 'asked' AND NOT {UNWANTED} END
 ORDER BY r.number LIMIT %(most)s
"""  # noqa: S608 - our own words


@use_case
def remit(*, gateway: str, actor: str, real: datetime) -> FileInfo:
    """The account's next file, numbered without a gap. Raises NothingToAsk, BankTakesNoFile."""
    files = registry.bank_files(gateway)
    if files is None:
        raise NothingToAsk()
    first = settings.value(REMITTANCES_FROM, at=real).get(gateway, 1)
    number = next_number(
        f"remittance:{gateway}", first=first
    )  # others who write one for this account wait from here on
    orders = bank_orders.orders_of(to_ask(gateway))
    if not orders:
        raise NothingToAsk()
    try:
        made = files.write([order for _info, order in orders], number, real)
    except ValueError as why:
        raise BankTakesNoFile(str(why)) from why
    written = bank_files.keep_remittance(
        gateway=gateway, number=number, made=made, orders=orders, actor=actor, real=real
    )
    watch(written.id, real=real)
    return written


def to_ask(gateway: str) -> Mapping[UUID, Act]:
    """What the bank of an account is to be asked, by slip."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"gateway": gateway, "most": MOST, "times": bank_orders.MOST_TIMES})
        return {request_id: Act(act) for request_id, act in cursor.fetchall()}
