"""From an account, and what a payer is asked for, to the numbers of a slip (PAY-4).

The library knows each bank's own part of the bar code. What it says is believed only when our digits agree, and when
the bank's part holds wallet, account and our number where the bank's manual puts them; else nothing is issued.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from pycobranca.bancos import BancoBase, Bancos
from stdnum.br import cnpj, cpf

from abono.domain.payments.ports.push import Payer, PushRequest, Slip
from abono.gateways.bank_boleto.account import SICREDI, Account
from abono.gateways.bank_boleto.digits import LAST_DAY, MOST_MINOR, SECOND_COUNT, WrongDigits, check
from abono.kernel.due import Means

_FREE = {  # the bank's part; `?` is a check digit of its own
    "001": "000000{agreement:0>7}{sequence}{wallet}",
    "033": "9{agreement:0>7}{sequence}?0{wallet}",
    "077": "{agency}{wallet}{agreement:0>7}{sequence}?",
    "104": "{agreement:0>6}?{upper}1{middle}4{lower}?",
    "237": "{agency}{wallet}{sequence}{account:0>7}0",
    "341": "{wallet}{sequence}?{agency}{account:0>5}?000",
    "748": "{wallet}1{reference}?{agency}{post}{agreement}10?",
    "756": "{wallet}{agency}{mode}{agreement:0>7}{sequence}?001",
}
_REFERENCES = {  # our number, as the bank's files have it; of the others it is the sequence
    "001": "{agreement:0>7}{sequence}",
    "104": "{wallet}{sequence}",
    "748": "{year}{byte}{sequence}",
}

_KINDS = {"104": "OU", "748": "DMI"}  # of document, where files say another one (`forms`)


class Unfit(ValueError):
    """No slip can be made of this request; `code` is the word for why: means, currency, amount, due_date, number or payer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def slip(account: Account, request: PushRequest) -> Slip:
    """What the request's slip says. The same request gives the same.

    Raises Unfit; WrongDigits, which is a bug, where two reckonings do not agree.
    """
    due_date = _fit(request)
    parts = _parts(account, request)
    bank = _reckoned(account, request, due_date, parts)
    free, pattern = bank.campo_livre(), _FREE[account.bank].format(**parts).replace("?", "[0-9]")
    if not re.fullmatch(pattern, free):
        raise WrongDigits(f"the bank's part of the bar code: {free}, not {pattern}")
    bar_code, line = bank.codigo_barras, bank.linha_digitavel
    check(bar_code, line, bank=account.bank, amount_minor=request.amount.minor, due_date=due_date)
    return Slip(
        reference=parts["reference"],
        bank=f"{account.bank}-{account.rules.digit}",
        bank_name=account.rules.name,
        beneficiary=account.name,
        tax_id=account.tax_id,
        address=f"{account.street}, {account.city} {account.state}, {account.postcode[:5]}-{account.postcode[5:]}",
        agency_code=_agency_code(account, bank),
        our_number=bank.nosso_numero_formatado(),
        wallet=account.wallet,
        line=line,
        bar_code=bar_code,
        kind=_KINDS.get(account.bank, "DM"),
    )


def reference(account: Account, number: int, issued: date) -> str:
    """Our number of a title, in digits, as `Slip.reference` has it. Raises Unfit for one that the bank has no room for."""
    return _numbered(account, number, issued)["reference"]


def _fit(request: PushRequest) -> date:
    """The day on which it is due. Raises Unfit for what the digits cannot say, or would say wrongly."""
    due_date, tax_id = request.due_date, request.payer.tax_id
    if request.means is not Means.SLIP:
        raise Unfit("means")
    if request.amount.currency != "BRL":
        raise Unfit("currency")
    if not 0 < request.amount.minor <= MOST_MINOR:
        raise Unfit("amount")
    if due_date is None or not max(SECOND_COUNT, request.issued) <= due_date <= LAST_DAY:
        raise Unfit("due_date")
    if not (cnpj.is_valid(tax_id) or (cpf.is_valid(tax_id) and len(set(tax_id)) > 1)) or not tax_id.isalnum():
        raise Unfit("payer")
    if not _reached(request.payer):
        raise Unfit("payer")
    return due_date


def _reached(payer: Payer) -> bool:
    """Whether a bank registers who this is: it wants the whole address."""
    whole = bool(payer.name and payer.street and payer.city)
    return whole and bool(re.fullmatch("[A-Z]{2}[0-9]{8}", payer.state + payer.postcode))


def _numbered(account: Account, number: int, issued: date) -> dict[str, str]:
    """The bank's number of the account's `number`-th title, and its parts."""
    counted = account.first_number + number - 1
    if number < 1 or counted > (account.last_number or account.most_number):
        raise Unfit("number")
    byte = account.byte
    if account.bank == SICREDI:  # has a few numbers only behind each digit
        behind = 10**account.rules.sequence - 1
        byte, counted = str(int(byte) + (counted - 1) // behind), (counted - 1) % behind + 1
    parts = {
        "agreement": account.agreement,
        "wallet": account.wallet,
        "year": f"{issued:%y}",
        "byte": byte,
        "sequence": f"{counted:0{account.rules.sequence}d}",
    }
    return parts | {"reference": _REFERENCES.get(account.bank, "{sequence}").format(**parts)}


def _parts(account: Account, request: PushRequest) -> dict[str, str]:
    """All that the bank's part of the bar code is made of but its check digits."""
    numbered = _numbered(account, request.number, request.issued)
    sequence = numbered["sequence"]
    return numbered | {
        "agency": account.agency,
        "account": account.account,
        "post": account.post,
        "mode": account.mode,
        "upper": sequence[:3],
        "middle": sequence[3:6],
        "lower": sequence[6:],
    }


def _reckoned(account: Account, request: PushRequest, due_date: date, parts: dict[str, str]) -> BancoBase:
    """The library's idea of it."""
    kind = Bancos.find(account.bank)
    return kind(
        valor=Decimal(request.amount.minor).scaleb(-2),
        cedente=account.name,
        cedente_documento=account.tax_id,
        agencia=account.agency,
        conta=account.account,
        carteira=account.wallet,
        convenio=account.agreement,
        posto=account.post,
        byte_idt=parts["byte"],
        variacao=account.mode,
        nosso_numero=parts["sequence"],
        data_documento=request.issued,
        data_vencimento=due_date,
    )


def _agency_code(account: Account, bank: BancoBase) -> str:
    """Who is paid, as the bank names it on slips: by account, or by the code that it gave. The library knows three of them."""
    match account.bank:
        case "033":
            return f"{account.agency} / {account.agreement:0>7}"
        case "756":
            client = account.agreement.zfill(7)
            return f"{account.agency} / {client[:-1]}-{client[-1]}"
        case "104" | "341" | "748":
            return bank.agencia_conta_formatado()
    agency, number = (
        f"{digits}-{check_digit}" if check_digit else digits
        for digits, check_digit in (
            (account.agency, account.agency_digit),
            (account.account, account.account_digit),
        )
    )
    return f"{agency} / {number}"
