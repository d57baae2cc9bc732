"""The seller's account at a bank that collects by slips: told once, in the options of the gateway, and checked whole
before anything is made of it (PAY-4).

What each bank wants of it is one row of BANKS. Only wallets are taken whose titles the seller numbers and prints itself,
and of whose digits we have proof; of the others the row says why not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from types import MappingProxyType

from stdnum.br import cnpj, cpf

from abono.gateways.bank_boleto.digits import mod10

_UNREGISTERED = "is of slips that are not registered, which no bank takes any more"
_BY_BANK = "is numbered by the bank: before it does, there are no digits to print"
_DOUBTFUL = "has check digits on which the bank's own manual contradicts itself"


@dataclass(frozen=True, slots=True)
class Bank:
    """What one bank wants. Lengths are in digits, without check digits: at least, at most.

    digit       check digit of the bank's own number, as slips print it: 341-7
    agreement   what the bank's free field names beside or instead of the account; word: what the bank calls it
    sequence    digits of the number that the seller gives to a title
    wallets     those that are taken; refused: why others are not
    given       the seller may only use numbers of a range that the bank gave
    """

    name: str
    digit: str
    account: tuple[int, int]
    agreement: tuple[int, int]
    word: str
    sequence: int
    wallets: tuple[str, ...]
    refused: Mapping[str, str]
    given: bool = False


BANKS: Mapping[str, Bank] = MappingProxyType(
    {
        "001": Bank(
            "Banco do Brasil",
            "9",
            (1, 8),
            (7, 7),
            "convênio",
            10,
            ("11", "17"),
            {"16": _UNREGISTERED, "18": _UNREGISTERED},
        ),
        "033": Bank(
            "Santander",
            "7",
            (1, 9),
            (1, 7),
            "código do beneficiário",
            12,
            ("101",),
            {"102": _UNREGISTERED},
        ),
        "077": Bank(
            "Banco Inter",
            "9",
            (1, 9),
            (1, 7),
            "número da operação",
            10,
            ("110",),
            {"112": _BY_BANK},
            given=True,
        ),
        "104": Bank(
            "Caixa",
            "0",
            (1, 12),
            (1, 6),
            "código do beneficiário",
            15,
            ("14",),
            {"24": _UNREGISTERED},
        ),
        "237": Bank(
            "Bradesco",
            "2",
            (1, 7),
            (0, 20),
            "código da empresa, of files",
            11,
            ("09", "19"),
            {"06": _UNREGISTERED},
        ),
        "341": Bank(
            "Itaú",
            "7",
            (1, 5),
            (0, 0),
            "convênio",
            8,
            ("109",),
            {**dict.fromkeys(("104", "112", "115", "147", "188"), _DOUBTFUL), "175": _UNREGISTERED},
        ),
        "748": Bank(
            "Sicredi",
            "X",
            (1, 9),
            (5, 5),
            "código do beneficiário",
            5,
            ("1",),
            {"3": _UNREGISTERED},
        ),
        "756": Bank(
            "Sicoob",
            "0",
            (1, 10),
            (1, 7),
            "código do cliente",
            7,
            ("1",),
            {},
        ),
    }
)

ITAU, SICREDI = "341", "748"


class BadAccount(ValueError):
    """An account of which no slip can be made. `problems` are sentences without their full stops; its text is one line of all."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Account:
    """Digits without points or dashes. Made by `account_of`, which checks it.

    bank            its number at the clearing house: "341"
    agency          without its check digit, which is agency_digit, where the bank has one; so is account
    agreement       what BANKS calls its `word`, with the check digit where the bank counts it in
    wallet          carteira: "109"
    name … postcode who is paid, as it stands on slips: tax_id of 11 or 14 letters and digits, state of two letters
    post, byte      of Sicredi: its posto, and the digit 2 to 9 with which our numbers begin
    mode            of Sicoob: its modalidade
    variation       of Banco do Brasil: the variação of its wallet, which files want
    transmission    of Santander: the código de transmissão that it gave for files
    first_number    of the titles that we make; others may have made some before
    last_number     None: as far as the bank's digits go
    """

    bank: str
    agency: str
    account: str
    wallet: str
    name: str
    tax_id: str
    street: str
    city: str
    state: str
    postcode: str
    agency_digit: str = ""
    account_digit: str = ""
    agreement: str = ""
    post: str = ""
    byte: str = "2"
    mode: str = "01"
    variation: str = ""
    transmission: str = ""
    first_number: int = 1
    last_number: int | None = None

    @property
    def rules(self) -> Bank:
        return BANKS[self.bank]

    @property
    def most_number(self) -> int:
        """The highest number that a title can have: Sicredi's go on under the next digit."""
        most: int = 10**self.rules.sequence - 1
        return most * (10 - int(self.byte)) if self.bank == SICREDI else most


_NUMBERS = ("first_number", "last_number")
_WORDS = ("name", "street", "city")
_SHAPES = {  # of what all banks have alike; a table of BANKS says the rest
    "agency": (r"[0-9]{1,4}", "one to four digits, without its check digit"),
    "agency_digit": (r"[0-9X]?", "one digit or X"),
    "account_digit": (r"[0-9PX]{0,2}", "one digit, P or X"),
    "state": (r"[A-Z]{2}", "two letters"),
    "postcode": (r"[0-9]{8}", "eight digits"),
    "mode": (r"[0-9]{2}", "two digits"),
    "variation": (r"([0-9]{3})?", "three digits"),
    "transmission": (r"([0-9]{15})?", "fifteen digits"),
    "byte": (r"[2-9]", "a digit from 2 to 9: 1 is the bank's own"),
}
LONGEST = 100  # letters of a name or an address


def account_of(options: Mapping[str, object]) -> Account:
    """The account that these options describe, agency in four digits. Raises BadAccount with all that is wrong."""
    known = {field.name: field for field in fields(Account)}
    problems = [f"{name} is no option of a bank's account" for name in sorted(options.keys() - known)]
    problems += [
        f"{name} is missing"
        for name, field in known.items()
        if field.default is MISSING and options.get(name) in (None, "")
    ]
    problems += [
        f"{name} must be {'a whole number from 1' if name in _NUMBERS else 'a text'}"
        for name, value in options.items()
        if name in known and not _of_its_type(name, value)
    ]
    if problems:
        raise BadAccount(tuple(problems))
    account = Account(**options)  # type: ignore[arg-type]
    problems = [*_shapes(account), *(_of_bank(account) if account.bank in BANKS else _no_bank(account))]
    if problems:
        raise BadAccount(tuple(problems))
    return replace(account, agency=account.agency.zfill(4))


def _of_its_type(name: str, value: object) -> bool:
    if name in _NUMBERS:
        return (type(value) is int and value > 0) or (name == "last_number" and value is None)
    return isinstance(value, str)


def _shapes(account: Account) -> Iterator[str]:
    for name, (shape, words) in _SHAPES.items():
        if not re.fullmatch(shape, getattr(account, name)):
            yield f"{name} must be {words}"
    for name in _WORDS:
        said = getattr(account, name)
        if said != said.strip() or not said.isprintable() or len(said) > LONGEST:
            yield f"{name} must be a line of at most {LONGEST} letters"
    if not cnpj.is_valid(account.tax_id) and not cpf.is_valid(account.tax_id):
        yield "tax_id is neither a CNPJ nor a CPF"
    elif not re.fullmatch(r"[0-9A-Z]+", account.tax_id):
        yield "tax_id must be written without points and dashes"


def _no_bank(account: Account) -> Iterator[str]:
    yield f"bank {account.bank} is none of {', '.join(BANKS)}"


def _of_bank(account: Account) -> Iterator[str]:
    bank = account.rules
    for name, words, (least, most) in (
        ("account", "account", bank.account),
        ("agreement", f"agreement ({bank.word})", bank.agreement),
        ("post", "post", (2, 2) if account.bank == SICREDI else (0, 0)),
    ):
        if not re.fullmatch(rf"[0-9]{{{least},{most}}}", getattr(account, name)):
            yield f"{words} must {_lengths(least, most)} at {bank.name}"
    if account.wallet in bank.refused:
        yield f"wallet {account.wallet} of {bank.name} {bank.refused[account.wallet]}"
    elif account.wallet not in bank.wallets:
        yield f"wallet of {bank.name} must be {' or '.join(bank.wallets)}, the others are not proven"
    if bank.given and account.last_number is None:
        yield f"first_number and last_number must be those of the range that {bank.name} gave"
    if re.fullmatch(_SHAPES["byte"][0], account.byte):
        last = account.last_number or account.most_number
        if not account.first_number <= last <= account.most_number:
            yield f"first_number and last_number must be a range up to {account.most_number}"
    if account.bank == ITAU and re.fullmatch(r"[0-9]{1,9}", account.agency + account.account):
        right = str(mod10(f"{account.agency:0>4}{account.account:0>5}"))
        if account.account_digit not in ("", right):
            yield f"account_digit of this agency and account is {right}"


def _lengths(least: int, most: int) -> str:
    if most == 0:
        return "be empty"
    return f"have {least} digits" if least == most else f"have {least} to {most} digits"
