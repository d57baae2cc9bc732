"""A slip (boleto) on paper, as FEBRABAN has it: the payer's receipt, and the part that banks read (PAY-4)."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from abono.domain.customers.rules import printed_tax_id
from abono.domain.invoicing import paper
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import registry
from abono.domain.payments.errors import SlipNotPayable
from abono.domain.payments.ports.push import LateTerms, Payer, PushRequest, Slip
from abono.domain.payments.pushed.requests import RequestInfo
from abono.flows.document_lock import as_asked
from abono.flows.requests.ask import wanted
from abono.kernel.bar_code import bar_code_svg
from abono.kernel.due import Means
from abono.kernel.money import MICRO, Money, micro_per_minor
from abono.kernel.periods import last_date
from abono.kernel.qr import qr_svg
from abono.platform import formats


class WrongSlip(ValueError):
    """What would be printed is not what the bank registered."""


_LOCAL, _ZONE = "pt-br", "America/Sao_Paulo"
"""The language that banks read, and the zone of their days."""


def paper_of(asked: RequestInfo, language: str, *, for_seller: bool = False) -> tuple[str, bytes]:
    """File name and PDF of a slip, once its bank registered it and as long as it is owed (PAY-4). Raises SlipNotPayable,
    DocumentPasswordLost; WrongSlip, which is a mistake of whoever changed the account."""
    printer = registry.printer(asked.gateway) if asked.payable and wanted(asked) else None
    if printer is None or asked.means is not Means.SLIP:
        raise SlipNotPayable()
    head = invoices.get(asked.invoice_id)
    assert head.issued_date is not None
    request = asked.for_supplier(head.title, head.issued_date)
    slip = printer.slip(request)
    if slip.bar_code != asked.bar_code:
        raise WrongSlip(
            f"{asked.public_id} was registered with other digits: its account is set up differently now"
        )
    return slip_file(
        request,
        slip,
        language,
        qr=asked.qr or None,
        customer_id=asked.customer_id,
        sandbox=head.sandbox,
        for_seller=for_seller,
    )


def slip_file(
    request: PushRequest,
    slip: Slip,
    language: str,
    *,
    qr: str | None,
    customer_id: UUID,
    sandbox: bool = False,
    for_seller: bool = False,
) -> tuple[str, bytes]:
    """File name and PDF of a slip that is registered: nobody can pay it before.

    qr           the text of its Pix QR code as the bank gave it; None: it gave none, and none is drawn
    sandbox      it says that it must not be paid
    for_seller   open, whatever password the organization's documents have (FIN-6)

    Raises DocumentPasswordLost.
    """
    safe = as_asked(
        slip_pdf(request, slip, language, qr=qr, sandbox=sandbox),
        customer_id=customer_id,
        for_seller=for_seller,
    )
    return f"boleto-{request.title}.pdf", safe


def slip_pdf(
    request: PushRequest, slip: Slip, language: str, *, qr: str | None, sandbox: bool = False
) -> bytes:
    """The same, open: one page of A4, the same bytes for the same slip in the same language."""
    with override(language):
        return paper.made("slip", _written(request, slip, language, qr, sandbox), at=request.asked_at)


def _written(
    request: PushRequest, slip: Slip, language: str, qr: str | None, sandbox: bool
) -> dict[str, object]:
    """Every word and figure of the page. The active language is `language`."""
    heading, due = _("Boleto of invoice {number}").format(number=request.title), _due_date(request)
    return {
        **paper.tongue(language),
        "heading": heading,
        "description": f"{heading}, {settings.ABONO_SELLER['name']}",
        "title": request.title,
        "seller": settings.ABONO_SELLER,
        "sandbox": _("Sandbox: made for trying things out. Do not pay it.") if sandbox else "",
        "amount": formats.money(request.amount, language),
        "due": formats.long_day(due, language),
        "sentences": [*_how_to_pay(qr), *_terms(request, language), _questions()],
        "qr": "" if qr is None else qr_svg(qr, "Pix"),
        "bars": bar_code_svg(slip.bar_code),
        "bank": {"name": slip.bank_name, "number": slip.bank},
        "line": slip.line,
        "place": "Pagável em qualquer banco",
        "beneficiary": _who(slip.beneficiary, slip.tax_id, slip.address),
        "agency_code": slip.agency_code,
        "our_number": slip.our_number,
        "wallet": slip.wallet,
        "kind": slip.kind,
        "payer": _payer(request.payer),
        "receipt": _receipt(request, slip, language),
        "local": _local(request),
        "words": {
            "amount": _("Amount"),
            "due": _("Due on"),
            "qr": _("QR code of Pix"),
        },
    }


def _due_date(request: PushRequest) -> date:
    if request.due_date is None:
        raise ValueError("a slip is due on some day")
    return request.due_date


def _how_to_pay(qr: str | None) -> list[str]:
    sentences = [
        _("Pay it in the app of your bank, or at any bank in Brazil: read the bar code, or type its digits."),
        _("Banks tell us of a payment within three business days. You need not do anything more."),
    ]
    if qr is not None:
        pix = _("Or read the QR code with Pix: it pays this same boleto, at once. Pay one of the two only.")
        sentences.insert(1, pix)
    return sentences


def _questions() -> str:
    text = _("Questions? Write to {email} and name the number of this invoice.")
    return text.format(email=settings.ABONO_SELLER["email"])


def _terms(request: PushRequest, language: str) -> list[str]:
    """What is added to what is paid late (PAY-5), and until when it can be paid; in the active language, which is `language`."""
    last = formats.day(last_date(request.until, _ZONE), language)
    until = _("It can be paid until {day}.").format(day=last)
    return [*_late(request.amount, request.late, language), until]


def _late(amount: Money, late: LateTerms | None, language: str) -> list[str]:
    """In money: the fine rounded half up, the interest of a day to four decimals."""
    sentences = []
    if late is not None and late.fine:
        fine = Money(_half_up(amount.minor * late.fine / 100), amount.currency)
        text = _("After the due date: a fine of {fine}, once.")
        sentences.append(text.format(fine=formats.money(fine, language)))
    if late is not None and late.interest:
        daily = _half_up(amount.minor * micro_per_minor(amount.currency) * late.interest / 3_000)
        text = _("After the due date: interest of {interest} a day ({share} a month).")
        sentences.append(
            text.format(
                interest=formats.micro(daily, amount.currency, language),
                share=formats.rate(_half_up(late.interest * MICRO / 100), language),
            )
        )
    return sentences


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _local(request: PushRequest) -> dict[str, object]:
    """What banks read, whatever the customer's language is."""
    with override(_LOCAL):
        of_invoice = _("Boleto of invoice {number}").format(number=request.title)
        return {
            "due": formats.day(_due_date(request), _LOCAL),
            "issued": formats.day(request.issued, _LOCAL),
            "amount": formats.money(request.amount, _LOCAL),
            "instructions": [of_invoice, *_terms(request, _LOCAL)],
        }


def _receipt(request: PushRequest, slip: Slip, language: str) -> list[dict[str, object]]:
    """Field by field: its legal name, and beside it the customer's own word for it, where that is another."""
    amount = formats.money(request.amount, language)
    issued, due = (formats.day(one, language) for one in (request.issued, _due_date(request)))
    fields = (  # of four columns, how many it takes
        ("Beneficiário", _("who is paid"), _who(slip.beneficiary, slip.tax_id, slip.address), 3, False),
        ("Agência / Código do beneficiário", "", slip.agency_code, 1, False),
        ("Pagador", _("who pays"), _payer(request.payer), 3, False),
        ("Nosso número", _("the bank's number"), slip.our_number, 1, False),
        ("Nº do documento", _("invoice"), request.title, 1, False),
        ("Data do documento", _("issued on"), issued, 1, False),
        ("Vencimento", _("due date"), due, 1, True),
        ("Valor do documento", _("amount"), amount, 1, True),
        ("Linha digitável", _("digits to type"), slip.line, 4, True),
    )
    own = language != _LOCAL
    return [
        {"name": name, "own": word if own else "", "value": value, "columns": columns, "strong": strong}
        for name, word, value, columns, strong in fields
    ]


def _payer(payer: Payer) -> str:
    code = payer.postcode and f"{payer.postcode[:5]}-{payer.postcode[5:]}"
    place = " ".join(filter(None, (payer.city, payer.state)))
    return _who(payer.name, payer.tax_id, ", ".join(filter(None, (payer.street, place, code))))


def _who(name: str, tax_id: str, address: str) -> str:
    """Name and tax id, and below them the address, cut so that the page remains one."""
    named = f"{_short(name, 80)} · {printed_tax_id('BR', tax_id)}"
    return "\n".join(filter(None, (named, _short(address, 100))))


def _short(words: str, most: int) -> str:
    words = " ".join(words.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
