"""What we ask a bank for, as the file that it takes (PAY-4, PAY-5): registered, or written off.

The same orders are the same file, byte for byte. Letters lose their accents before they are counted: the library takes them off
whole lines, and those that have no plain letter would leave a line too short. Sums and rates that a file cannot say exactly are said lower, never higher:
files of 400 positions take interest as whole centavos a day only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from pycobranca.cnab.formatacao import remover_acentos
from pycobranca.cnab.pagamento import Pagamento

from abono.domain.payments.ports.push import Act, Order, PushRequest, Remittance
from abono.gateways.bank_boleto import forms, titles
from abono.gateways.bank_boleto.account import Account, BadAccount
from abono.gateways.bank_boleto.forms import WRITE_OFF, Form

_BANKS_DAY = ZoneInfo("America/Sao_Paulo")
_CODES = {Act.REGISTER: "01", Act.WRITE_OFF: WRITE_OFF}
_CENTAVO = Decimal("0.01")
_PERCENT, _BY_MONTH, _FREE = "2", "2", {"756": "0"}
_MONTHS = "123456789OND"  # as Sicredi names files


def write(account: Account, orders: Sequence[Order], number: int, at: datetime) -> Remittance:
    """The account's `number`-th file, from 1. At least one order; those of one title in the order in which they were given.

    Raises BadAccount for an account of which its bank takes no file; titles.Unfit for a request that `ask` would refuse.
    """
    day, form = at.astimezone(_BANKS_DAY), _form(account)
    form.empresa_mae, form.documento_cedente = account.name, account.tax_id
    form.agencia, form.conta_corrente = account.agency, account.account
    form.digito_conta, form.sequencial_remessa = account.account_digit, str(number)
    if isinstance(form, forms.InBatches):
        form.data_geracao_fixa, form.hora_geracao_fixa = f"{day:%d%m%Y}", f"{day:%H%M%S}"
    else:
        form.data_geracao = day.date()
    form.pagamentos = [_title(account, order) for order in orders]
    return Remittance(_name(account, number, day), form.gera_arquivo().encode("ascii"))


def in_the_way(account: Account) -> str:
    """Why no file can be written for an account, in one line; empty where one can."""
    bank = account.rules.name
    if account.bank not in _FORMS:
        return f"files of {bank} are not written"
    absent = [name for name in _NEEDED.get(account.bank, ()) if not getattr(account, name)]
    return "; ".join(f"{name} is missing, without which {bank} takes no file" for name in absent)


def _form(account: Account) -> Form:
    if problem := in_the_way(account):
        raise BadAccount((problem,))
    return _FORMS[account.bank](account)


_NEEDED = {
    "001": ("variation",),
    "033": ("transmission", "account_digit"),
    "237": ("agreement", "account_digit"),
    "341": ("account_digit",),
    "748": ("account_digit",),
}
_FORMS: Mapping[str, Callable[[Account], Form]] = MappingProxyType(
    {
        "001": lambda ours: forms.BancoDoBrasil(
            convenio=ours.agreement, carteira=ours.wallet, variacao=ours.variation
        ),
        "033": lambda ours: forms.Santander(codigo_transmissao=ours.transmission, codigo_carteira="5"),
        "104": lambda ours: forms.Caixa(
            convenio=ours.agreement, digito_agencia=ours.agency_digit or "0", modalidade_carteira=ours.wallet
        ),
        "237": lambda ours: forms.Bradesco(codigo_empresa=ours.agreement, carteira=ours.wallet),
        "341": lambda ours: forms.Itau(carteira=ours.wallet),
        "748": lambda ours: forms.Sicredi(),
        "756": lambda ours: forms.Sicoob(modalidade_carteira=ours.mode),
    }
)


def _title(account: Account, order: Order) -> Pagamento:
    request = order.request
    slip = titles.slip(account, request)
    assert request.due_date is not None
    payer, short = request.payer, account.bank in ("237", "341")
    name = remover_acentos(request.title)
    title = Pagamento(
        nosso_numero=_number(account, slip.reference, slip.our_number),
        data_vencimento=request.due_date,
        valor=_as_it_is(_reais(request)),
        documento_sacado=payer.tax_id,
        nome_sacado=remover_acentos(payer.name),
        endereco_sacado=remover_acentos(payer.street),
        cep_sacado=payer.postcode,
        cidade_sacado=remover_acentos(payer.city),
        uf_sacado=payer.state,
        data_emissao=request.issued,
        numero=name[-10:] if short else name,
        documento=name,
        identificacao_ocorrencia=_CODES[order.act],
        codigo_baixa="1",
        dias_baixa=str(_days_after(request, request.due_date)),
        tipo_mora=_FREE.get(account.bank, "3"),
    )
    if order.act is not Act.WRITE_OFF:
        _add_late_terms(title, request)
    return title


def _days_after(request: PushRequest, due_date: date) -> int:
    """Days after the due date on which it can still be paid; at least one."""
    last = (request.until - timedelta(seconds=1)).astimezone(_BANKS_DAY).date()
    return max(1, (last - due_date).days)


def _add_late_terms(title: Pagamento, request: PushRequest) -> None:
    late = request.late
    if late and late.fine:
        title.codigo_multa, title.percentual_multa = _PERCENT, _as_it_is(late.fine)
    if late and late.interest:
        title.tipo_mora, title.percentual_mora = _BY_MONTH, _as_it_is(late.interest)
        title.valor_mora = _as_it_is(_reais(request) * late.interest / 100 / 30)


def _as_it_is(value: Decimal) -> Any:
    """Two decimals, rounded down. The library says that it wants floats, and prints a Decimal as it is."""
    return value.quantize(_CENTAVO, ROUND_DOWN)


def _reais(request: PushRequest) -> Decimal:
    return Decimal(request.amount.minor).scaleb(-2)


def _number(account: Account, reference: str, printed: str) -> str:
    """Our number as the library wants it for this bank: it puts agreement or wallet before some, check digits behind others."""
    match account.bank:
        case "001":
            return reference.removeprefix(account.agreement)
        case "104":
            return reference.removeprefix(account.wallet)
        case "748" | "756":
            return "".join(letter for letter in printed if letter.isdigit())
    return reference


def _name(account: Account, number: int, day: datetime) -> str:
    """Two banks look at it."""
    match account.bank:
        case "237":
            return f"CB{day:%d%m}{number % 100:02d}.REM"
        case "748":
            return f"{account.agreement}{_MONTHS[day.month - 1]}{day:%d}.CRM"
    return f"{account.bank}{number:06d}.REM"
