"""Every word of the API in tables of Markdown, for docs/api.md: from the enums in code and the shipped catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import get_args

from abono.domain.campaigns.types import CampaignState
from abono.domain.catalog import reader
from abono.domain.catalog.types import USES
from abono.domain.contracts.states import State as ContractState
from abono.domain.interactions.types import ContactKind
from abono.domain.invoicing.states import FiscalType, LineKind, Reason
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import Outcome
from abono.domain.usage.receipts import SendState
from abono.entrypoints.words import licences
from abono.entrypoints.words.codes import EVENT, codes
from abono.entrypoints.words.events import DONE
from abono.flows.usage.facts import End
from abono.flows.usage.said import WAYS_OUT

BEGIN, END = "<!-- words: written by `abono openapi` -->", "<!-- end of words -->"


def written(document: str) -> str:
    """The document with the words of now between the marks. Raises ValueError where it has no marks."""
    before, begin, rest = document.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{text()}\n\n{END}{after}"


def text() -> str:
    return "\n\n".join(("\n".join(_channels()), "\n".join(_words()), "\n".join(_done()), "\n".join(_codes())))


def _channels() -> Iterable[str]:
    yield "| channel | kinds of sends | priced | may be used for |"
    yield "| --- | --- | --- | --- |"
    for channel in reader.read(reader.SHIPPED).channels:
        kinds = _listed(kind.code for kind in channel.kinds)
        priced = "by country" if channel.by_country else "everywhere the same, country `*`"
        yield f"| `{channel.code}` | {kinds} | {priced} | {_listed(channel.uses)} |"


def _words() -> Iterable[str]:
    yield "| of | words |"
    yield "| --- | --- |"
    yield f"| kinds of contact events (INT-2) | {_listed(ContactKind)} |"
    yield f"| uses of a send (PKG-10) | {_listed(USES)} |"
    yield f"| how a send ended, as you tell it | {_listed(get_args(End.__value__))} |"
    yield f"| how a send ended, as we answer | {_listed(Outcome)} |"
    yield f"| state of a send | {_listed(SendState)} |"
    yield f"| state of a campaign | {_listed(CampaignState)} |"
    yield f"| `sending_state` of a cycle | {_listed(SendingState)} |"
    yield f"| ways out | {_listed(dict.fromkeys(way for ways in WAYS_OUT.values() for way in ways))} |"
    yield f"| state of a contract | {_listed(ContractState)} |"
    yield f"| state of an invoice | {_listed(state for state in InvoiceState if state is not InvoiceState.DRAFT)} |"
    yield f"| why an invoice was made | {_listed(Reason)} |"
    yield f"| kinds of lines of an invoice | {_listed(LineKind)} |"
    yield f"| fiscal types | {_listed(FiscalType)} |"


def _done() -> Iterable[str]:
    yield "| `status` of an event | means |"
    yield "| --- | --- |"
    for word, means in DONE.items():
        yield f"| `{word.value}` | {means} |"
    for done, means in licences.DONE.items():
        yield f"| `{done.value}` | {means} |"
    yield "| `refused` | Nothing was done; `code` says why. |"


def _codes() -> Iterable[str]:
    yield "| code | of | means |"
    yield "| --- | --- | --- |"
    for code in codes():
        of = ", ".join("an event" if status == EVENT else str(status) for status in code.statuses)
        means = " · ".join(re.sub(r"\{(\w+)\}", r"`\1`", one) for one in code.means)
        yield f"| `{code.code}` | {of} | {means} |"


def _listed(words: Iterable[object]) -> str:
    return " ".join(f"`{_word(word)}`" for word in words)


def _word(word: object) -> str:
    """As it is said: the value of an enum of texts, the name of one of numbers."""
    if isinstance(word, Enum):
        return word.value if isinstance(word.value, str) else word.name.lower()
    return str(word)
