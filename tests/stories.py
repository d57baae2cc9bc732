"""Short stories that tests of several doors begin with."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zlib import compress

from abono.domain.approvals.types import ApprovalDetail
from abono.domain.contracts.states import Arranged
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.types import CouponInfo, NewCoupon
from abono.domain.customers import queries as customers
from abono.domain.fiscal import queries as fiscal
from abono.domain.fiscal.models import Document, Export, File, Return
from abono.domain.identity.types import Profile
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import CreditNoteDetail, LineCredit
from abono.domain.payment_links import actions as payment_links
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.domain.payments import payouts
from abono.domain.payments.models import Attempt, Mandate, PaymentRequest, Refund
from abono.domain.payments.payouts import NewPayout
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way as PaymentWay
from abono.domain.payments.tables.filed import BankFile
from abono.domain.payments.types import DisputeInfo, PayoutInfo, ReceiptInfo
from abono.domain.statements.models import Movement, Statement
from abono.domain.uncovered.actions import Which
from abono.domain.uncovered.types import Decision
from abono.domain.withholding.models import WithheldTax
from abono.flows import locks
from abono.flows.approvals.ask import ask_credit_note
from abono.flows.arrangements.arrange import Asked, arrange
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.fiscal.export import asked_of
from abono.flows.people.invite import invite_member
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.prove import prove_withheld
from abono.flows.standing.record import record_payment
from abono.flows.uncovered.decide import decide_uncovered
from abono.flows.usage.facts import Told
from abono.flows.usage.report import report
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import clock
from tests.fiscal import PDF, key
from tests.world import JUNE_1, Tenant


def uncover(
    tenant: Tenant, *names: str, channel: str = "sms", country: str = "FR", now: datetime | None = None
) -> None:
    """Sends that left and that nothing covers."""
    contract = public("ctr", tenant.contract_id)
    facts = [Told(name, contract, "sent", channel=channel, kind="message", country=country) for name in names]
    report(facts, customer_id=None, now=now or clock.now())


def announced(tenant: Tenant) -> Decision:
    """One such send of which the customer was told that it will be billed, at 0.12."""
    uncover(tenant, "announced")
    return decide_uncovered(
        contract_id=tenant.contract_id,
        which=Which(),
        bill=True,
        typed_micro=120_000,
        why="The carrier charged us for it.",
        actor="olga",
        now=clock.now(),
    )


def asked(tenant: Tenant) -> ApprovalDetail:
    """A second person is asked for a credit note on the newest invoice."""
    [invoice, *_older] = invoices.list_for_customer(tenant.customer_id)
    return ask_credit_note(
        invoice_id=invoice.id, lines=[LineCredit(1, 1)], why="a test", actor="olga", now=clock.now()
    )


def credited(tenant: Tenant, minor: int = 100_00, *, now: datetime | None = None) -> CreditNoteDetail:
    """A credit note of the plan on the newest invoice: of a paid one it becomes credit."""
    [invoice, *_older] = invoices.list_for_customer(tenant.customer_id)
    return issue_credit_note(
        invoice_id=invoice.id,
        lines=[LineCredit(1, minor)],
        why="The plan was not there for ten days.",
        actor="olga",
        now=now or clock.now(),
    )


def linked(tenant: Tenant) -> PaymentLinkDetail:
    """A payment link of the first invoice, from before that was paid."""
    first = invoices.list_for_customer(tenant.customer_id)[-1]
    with locks.customer(tenant.customer_id):
        return payment_links.make(
            link_id=uuid7(),
            invoice_id=first.id,
            customer_id=tenant.customer_id,
            by_hand=True,
            actor="ana",
            now=first.issued_at or JUNE_1,
        )


def made_coupon(code: str = "sol10", rate_micro: int = 100_000) -> CouponInfo:
    """A tenth off the fees of one cycle."""
    new = NewCoupon(code=code, rate_micro=rate_micro, amounts=None, cycles=1)
    return coupons.make(new, why="a test", actor="olga", now=clock.now())


def supported(tenant: Tenant) -> UUID:
    """An add-on from tomorrow on."""
    tomorrow = local_date(clock.now(), "America/Sao_Paulo") + timedelta(days=1)
    asked = Asked(Arranged.ADD_ON, 90_000_000, since=tomorrow, why="a test", name="Support")
    return arrange(contract_id=tenant.contract_id, asked=asked, actor="olga", now=clock.now())


def by_pix(invoice_id: UUID) -> PaymentRequest:
    """A Pix that asked for the money of an invoice, and ran out."""
    return PaymentRequest.objects.create(
        invoice_id=invoice_id,
        means="pix",
        gateway="bank",
        number=1,
        amount_minor=1,
        currency="BRL",
        state="ended",
        until=clock.now(),
        payer={"name": "Padaria Sol", "tax_id": "11222333000181"},
        asked_by="ana",
        asked_at=clock.now(),
    )


def mandated(tenant: Tenant) -> UUID:
    """A mandate of Pix that has ended."""
    mandate = Mandate.objects.create(
        customer_id=tenant.customer_id,
        contract_id=tenant.contract_id,
        gateway="bank",
        name="2026-000042-7/1",
        subject="Specialist",
        payer={"name": "Padaria Sol", "tax_id": "11222333000181"},
        most_minor=1_000_00,
        currency="BRL",
        begins=clock.now().date(),
        state="ended",
        reference="RN1",
        asked_by="ana",
        asked_at=clock.now(),
        over_at=clock.now(),
    )
    return mandate.id


def received(tenant: Tenant, minor: int = 1) -> ReceiptInfo:
    """So much came by transfer for the newest invoice."""
    [invoice, *_older] = invoices.list_for_customer(tenant.customer_id)
    came = Came(PaymentWay.TRANSFER, minor, local_date(clock.now(), "UTC") - timedelta(days=1))
    return record_payment(invoice_id=invoice.id, came=came, actor="olga", now=clock.now())


def proven(invoice_id: UUID) -> ReceiptInfo:
    """A payment for it of which a tax was withheld, with the file of its proof."""
    came = Came(PaymentWay.TRANSFER, 1, local_date(clock.now(), "UTC") - timedelta(days=1))
    receipt = record_payment(invoice_id=invoice_id, came=came, actor="olga", now=clock.now())
    WithheldTax.objects.create(
        receipt_id=receipt.id,
        position=1,
        name="IRRF",
        rate_micro=15_000,
        base_minor=100,
        amount_minor=2,
        currency="BRL",
    )
    prove_withheld(
        receipt_id=receipt.id,
        tax="",
        reference="DARF 1",
        proof_date=came.received_date,
        file=PDF,
        actor="ana",
        now=clock.now(),
    )
    return receipt


def contested(tenant: Tenant) -> DisputeInfo:
    """The payment of the newest invoice."""
    [invoice, *_older] = invoices.list_for_customer(tenant.customer_id)
    return open_dispute(invoice_id=invoice.id, why="not me", actor="olga", now=clock.now())


def paid_out(tenant: Tenant) -> PayoutInfo:
    """A cent of what came for the newest invoice."""
    today = local_date(clock.now(), "UTC") - timedelta(days=1)
    new = NewPayout(
        "simulator", "po_1", Money(1, tenant.contract.currency), Money(0, tenant.contract.currency), today
    )
    return payouts.record(new, actor="olga", now=clock.now())


def fiscal_document(invoice_id: UUID) -> dict[str, str]:
    """One that was exported and issued, with its PDF, and a file that came back; their ids."""
    invoice = invoices.get(invoice_id)
    export = Export.objects.create(number=1, documents=1, cancels=0, actor="olga", at=clock.now())
    document = Document.objects.create(
        invoice_id=invoice_id,
        customer_id=invoice.customer_id,
        export=export,
        state="issued",
        amount_minor=invoice.total_minor,
        currency=invoice.currency,
        asked=asked_of(invoice, fiscal.left(invoice), customers.get(invoice.customer_id), "en"),
        key_kind="nfse",
        key=key(),
        number="1",
        issued_on=JUNE_1.date(),
        made_at=clock.now(),
        answered_at=clock.now(),
    )
    File.objects.create(
        document=document, part="pdf", content=PDF, size=len(PDF), digest="0" * 64, at=clock.now()
    )
    file = Return.objects.create(
        name="notas.csv", digest="0" * 64, lines=[[2, invoice.title, "issued"]], actor="olga", at=clock.now()
    )
    return {"export_id": export.public_id, "return_id": file.public_id}


def bank_file() -> BankFile:
    """A return of a bank, on a day without news."""
    return BankFile.objects.create(
        direction="return",
        gateway="bank",
        number=1,
        name="a.ret",
        digest="0" * 64,
        content=compress(b"02RETORNO"),
        lines=0,
        actor="olga",
        at=clock.now(),
        done_at=clock.now(),
    )


def bank_statement() -> Movement:
    """The one movement of a statement: money that came, of which nobody said what it is."""
    kept = Statement.objects.create(
        name="a.ofx", digest="0" * 64, content=b"<OFX>", movements=1, actor="olga", at=clock.now()
    )
    return Movement.objects.create(
        statement=kept,
        place=1,
        account="1",
        key="0" * 64,
        day=clock.now().date(),
        amount_minor=1_00,
        currency="BRL",
        name="1",
        text="PIX",
    )


def going_back(tenant: Tenant) -> Refund:
    """A refund that a gateway is asked for."""
    return Refund.objects.create(
        attempt=Attempt.objects.filter(method__customer_id=tenant.customer_id).earliest("id"),
        amount_minor=1,
        currency="BRL",
        asked_by="olga",
        asked_at=clock.now(),
    )


def invited(tenant: Tenant, email: str = "eva@padaria.example") -> str:
    """The public id of an invitation that waits for its answer."""
    return invite_member(
        customer_id=tenant.customer_id,
        email=email,
        profile=Profile.VIEWER,
        language="en",
        by="Ana Souza",
        actor="ana",
        now=clock.now(),
    ).public_id
