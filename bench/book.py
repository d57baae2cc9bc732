"""A book of contracts that are all due at one moment, nine tenths of them plain.

Fifty are signed and live through three cycles as the site has it; the others are copies of their rows, under ids, numbers and
names of their own, so that `check_books` has nothing to say of any. Of what went before only the record is left out: events,
notices and e-mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from stdnum.br import cnpj
from stdnum.cl import rut
from stdnum.co import nit

from abono.domain.catalog import actions as catalog
from abono.domain.catalog import reader
from abono.domain.contracts.models import Contract
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.types import NewCoupon
from abono.domain.customers.types import Address, NewCustomer
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import LineCredit
from abono.domain.payments import registry
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import TAXES
from abono.flows.billing.renew import renew
from abono.flows.changes.accept import accept_change
from abono.flows.changes.ask import make_quote
from abono.flows.collecting.collect import collect
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.coupons.redeem import redeem_coupon
from abono.flows.signup.sign import Administrator, Signed
from abono.kernel.moment import Moment
from abono.platform import clock
from tests.world import CATALOG, CATALOG_FROM, LUNA, PADARIA, sign

LIVED, CYCLES = 50, 3  # contracts that live, and the cycles that they live through: 0, 1 and 2
COUPON, TAXED, CHANGED, PROMISED, CREDITED = 5, 15, 25, 35, 45  # the tenth of them that is not plain
_AGO = timedelta(days=95)  # their third cycle is over, their fourth is not
_AT_ONCE = 100  # copies of each in one transaction
_PLANS = ("specialist", "expert", "professional")
_PACKAGES = {"BRL": ("brl-100", "brl-250", "brl-500"), "USD": ("usd-20", "usd-50", "usd-100")}
_MANAUS = replace(PADARIA, time_zone="America/Manaus")
_SANTIAGO = replace(
    LUNA,
    country="CL",
    time_zone="America/Santiago",
    address=Address("Avenida Providencia", "Santiago", "1208", region="RM", postal_code="7500000"),
)

_COPIED = (
    "customers_customer",
    "identity_person",
    "identity_membership",
    "contracts_contract",
    "contracts_term",
    "contracts_move",
    "contracts_change",
    "coupons_redemption",
    "invoicing_invoice",
    "invoicing_invoiceline",
    "invoicing_creditnote",
    "invoicing_creditnoteline",
    "credit_entry",
    "payments_paymentmethod",
    "payments_attempt",
    "journal_entry",
    "journal_posting",
    "metering_cycle",
    "metering_use_border",
    "platform_due",
)
_AS_THEY_ARE = ("package_id", "rolled_id", "sealed_id", "lease", "billing_run_id")  # none of what is copied
_OF_ITS_OWN = {
    ("contracts_contract", "number"): "substr(t.number, 6, 6) || '-' || n",
    ("customers_customer", "tax_id"): "overlay(t.tax_id placing lpad(n::text, 5, '0') from 1)",
    ("identity_person", "email"): "n || '.' || t.email",
    ("payments_paymentmethod", "token"): "t.token || '.' || n",
    ("invoicing_invoiceline", "id"): "t.id + n * (SELECT max(id) FROM bench_invoicing_invoiceline)",
    (
        "invoicing_creditnoteline",
        "line_id",
    ): "t.line_id + n * (SELECT max(id) FROM bench_invoicing_invoiceline)",
}
_COPY = """
CREATE FUNCTION bench_copy(id uuid, n integer) RETURNS uuid IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE n WHEN 0 THEN id ELSE (left(id::text, 20) || left(md5(id::text || n), 15))::uuid END $$
"""
_COLUMNS = """
SELECT a.attname, a.atttypid = 'uuid'::regtype AND a.attname <> ALL(%s) AND f.confrelid IS NULL AS own,
       pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%%' OR a.attidentity <> '' AS counted
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
  LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conrelid = a.attrelid AND f.conkey = ARRAY[a.attnum]
       AND f.confrelid <> ALL(%s::regclass[])
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
# What the cycle that is over used: a tenth to nine tenths of its package, and a fifth of them half as much again as it.
# Its entries are detached, as after thirteen months: their roll-up stands for them.
_USED = (
    """UPDATE metering_cycle m
          SET used_micro = m.value_micro / 10 * CASE abs(hashtext(m.contract_id::text)) % 5 WHEN 0
              THEN 15 ELSE 1 + abs(hashtext(m.contract_id::text)) % 9 END
         FROM contracts_contract c WHERE (c.id, c.cycle_start) = (m.contract_id, m.cycle_start)""",
    """INSERT INTO metering_use (contract_id, cycle_start, quarter, route_id, sent, sent_micro, rejected, expired, units)
       SELECT contract_id, cycle_start, cycle_start, (SELECT min(id) FROM catalog_route), 1, used_micro, 0, 0, 1
         FROM metering_cycle WHERE used_micro > 0""",
    """UPDATE metering_use_border b SET detached = true
         FROM metering_use u WHERE (u.contract_id, u.cycle_start) = (b.contract_id, b.cycle_start)""",
)


def make(contracts: int) -> None:
    """Fill a database that `world.empty` made with so many, a multiple of LIVED; each is due for its fourth cycle."""
    settings.GATEWAYS = {"simulator": {"adapter": "tests.fakes.FakeGateway", "options": {}}}
    registry.gateway.cache_clear()
    catalog.apply(catalog=reader.read(CATALOG), actor="bench", now=CATALOG_FROM)
    signed_at = clock.now() - _AGO
    _sell(signed_at - timedelta(days=1))
    for number in range(LIVED):
        _live(number, signed_at)
    _copy(contracts // LIVED - 1)
    with connection.cursor() as cursor:
        for statement in _USED:
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")


def of_copies(first: int, last: int) -> list[UUID]:
    """The contracts of some copies: each is the whole mix once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bench_copy(id, n) FROM contracts_contract, generate_series(%s::integer, %s) n"
            " WHERE number LIKE '20__-______-_' ORDER BY n, id",
            [first, last],
        )
        return [one for (one,) in cursor.fetchall()]


def _sell(now: datetime) -> None:
    coupons.make(
        NewCoupon(code="BENCH", rate_micro=100_000, amounts=None, cycles=None),
        why="b",
        actor="bench",
        now=now,
    )
    tax = {"name": "IVA", "country": "CL", "fiscal_type": "licensing", "percent": "19", "way": "on_top"}
    set_value(setting=TAXES, value=[tax], actor="bench", why="b", now=now)


def _live(number: int, now: datetime) -> None:
    customer, currency = _buyer(number)
    plan = "specialist" if number == CHANGED else "expert" if number == PROMISED else _PLANS[number // 4 % 3]
    signed = sign(
        plan=plan,
        package=_PACKAGES[currency][number // 12 % 3],
        currency=currency,
        customer=customer,
        administrator=Administrator("Ana", f"ana{number}@bench.example"),
        now=now,
    )
    if number == COUPON:
        redeem_coupon(
            contract_id=signed.contract_id, code="BENCH", actor="bench", now=now + timedelta(hours=1)
        )
    _renew(signed)
    if number == CHANGED:
        _change(signed, "expert")
    invoice_id, over = _renew(signed)
    if number == PROMISED:
        _change(signed, "specialist")
    if number == CREDITED:
        back = LineCredit(1, invoices.get(invoice_id).lines[0].left_minor // 3)
        issue_credit_note(
            invoice_id=invoice_id, lines=[back], why="b", actor="bench", now=over + timedelta(days=9)
        )


def _renew(signed: Signed) -> tuple[UUID, datetime]:
    """At the end of its cycle, and it is paid. Returns the invoice, and when that was."""
    over = Contract.objects.get(id=signed.contract_id).cycle_end
    assert over is not None
    invoice_id = renew(contract_id=signed.contract_id, now=over)
    assert invoice_id is not None
    assert collect(invoice_id=invoice_id, moment=Moment(clock.now(), over))
    return invoice_id, over


def _buyer(number: int) -> tuple[NewCustomer, str]:
    """Who it is, and in which currency they pay."""
    base = f"{10_000_000 + number}"
    name = f"Cliente {number}"
    if number == TAXED:
        return replace(_SANTIAGO, legal_name=name, tax_id=base + rut.calc_check_digit(base)), "USD"
    if number % 4 == 3:
        base += "0"
        return replace(LUNA, legal_name=name, tax_id=base + nit.calc_check_digit(base)), "USD"
    whose, base = (_MANAUS if number % 4 == 2 else PADARIA), f"{base}0001"
    return replace(whose, legal_name=name, tax_id=base + cnpj.calc_check_digits(base)), "BRL"


def _change(signed: Signed, plan: str) -> None:
    """Nine days into its cycle: at once where it goes up, else with the next one."""
    contract = Contract.objects.get(id=signed.contract_id)
    assert contract.cycle is not None
    moment = Moment(clock.now(), contract.cycle.start + timedelta(days=9))
    seen = make_quote(
        contract_id=contract.id,
        customer_id=signed.customer_id,
        plan_code=plan,
        package_code=contract.package.code,
        actor="bench",
        moment=moment,
    )
    accept_change(change_id=seen.id, customer_id=signed.customer_id, actor="bench", moment=moment)


def _copy(copies: int) -> None:
    """All rows that stand for the contracts that live, so many times more."""
    with connection.cursor() as cursor:
        cursor.execute(_COPY)
        for table in _COPIED:
            cursor.execute(f"CREATE TABLE bench_{table} AS SELECT * FROM {table}")  # noqa: S608
        cursor.execute("DELETE FROM bench_platform_due WHERE customer_id IS NULL")
        statements = [_copying(table) for table in _COPIED]
        for table in _COPIED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for first in range(1, copies + 1, _AT_ONCE):
            with transaction.atomic():
                for statement in statements:
                    cursor.execute(statement, [first, min(first + _AT_ONCE - 1, copies)])
        for table in _COPIED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("UPDATE platform_counter SET value = value * %s", [copies + 1])
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('invoicing_invoiceline', 'id'), max(id)) FROM invoicing_invoiceline"
        )


def _copying(table: str) -> str:
    """The statement that copies what is in a table, `n` after `n`, from one to another."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [list(_AS_THEY_ARE), list(_COPIED), table])
        columns: Sequence[tuple[str, bool, bool]] = [
            row for row in cursor.fetchall() if not row[2] or (table, row[0]) in _OF_ITS_OWN
        ]
    names = [name for name, _own, _counted in columns]
    values = []
    for name, own, _counted in columns:
        if (table, name) in _OF_ITS_OWN:
            values.append(_OF_ITS_OWN[table, name])
        elif name == "number" and "series" in names:
            # Of those that live there are as many in a series as its last one says.
            last = f"SELECT max(l.number) FROM bench_{table} l WHERE l.series = t.series"  # noqa: S608
            values.append(f"t.number + n * ({last})")
        else:
            values.append(f"bench_copy(t.{name}, n)" if own else f"t.{name}")
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table} ({quoted}) SELECT {', '.join(values)}"  # noqa: S608
        f" FROM generate_series(%s::integer, %s) n CROSS JOIN bench_{table} t ORDER BY n"
    )
