"""Files for banks and of banks: written from what is to be asked, taken, and what each line of them did (PAY-4, PAY-7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.payments import registry
from abono.domain.payments.files import bank_files, bank_orders
from abono.domain.payments.files.bank_files import FileInfo
from abono.domain.payments.ports.push import Act
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import Did, Direction
from abono.entrypoints.backoffice.bank_files.forms import ACTS, Filters, Take
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.bank_files.daily import next_at
from abono.flows.bank_files.given_up import given_up
from abono.flows.bank_files.remit import remit, to_ask
from abono.flows.bank_files.take import take
from abono.flows.bank_files.watch import fetch
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock, formats
from abono.platform.web.download import as_file

PER_PAGE, LINES_SHOWN = 50, 100


@dataclass(frozen=True, slots=True)
class Account:
    """What the bank of an account is to be asked by its next file, when that is written by itself, and which was the last.

    given_up  why none is written by itself any more; empty where nothing is wrong
    by_hand   slips that the bank refuses to write off: a person has to
    """

    name: str
    acts: list[tuple[Text, int]]
    next_at: datetime | None
    given_up: str
    last: Row | None
    by_hand: list[RequestInfo]


@dataclass(frozen=True, slots=True)
class Row:
    file: FileInfo
    by: str

    @property
    def sent(self) -> bool:
        return self.file.direction is Direction.REMITTANCE

    @property
    def word(self) -> str:
        """How far it is, for `words.status`."""
        if self.sent:
            return "fetched" if self.file.fetched_at else "waits"
        return "done" if self.file.done_at else "goes_on"


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """The newest files, and what is to be asked."""
    return _page(request, Take())


@posted("backoffice:bank-files")
@answered
def write(request: SellersVisitor) -> HttpResponse:
    """The next file of an account."""
    name = request.POST.get("account", "")
    if name not in registry.bank_accounts():
        raise Http404(name)
    try:
        made = remit(gateway=name, actor=request.staff.actor, real=clock.now())
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return redirect("backoffice:bank-files")
    said = ngettext(
        "File {number} is written, with {count} order. Download it, and send it to the bank.",
        "File {number} is written, with {count} orders. Download it, and send it to the bank.",
        made.lines,
    )
    language = get_language() or "en"
    flash.done(request, said.format(number=made.number, count=formats.number(made.lines, language)))
    return redirect("backoffice:bank-file", made.public_id)


@posted("backoffice:bank-files")
@answered
def receive(request: SellersVisitor) -> HttpResponse:
    """A return of a bank. The same one again leads to where it was taken."""
    form = Take(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    sent = form.cleaned_data["file"]
    try:
        file, new = take(name=sent.name, content=sent.read(), actor=request.staff.actor, real=clock.now())
    except Refusal as no:
        form.add_error("file", refused(no).sentence)
        return _page(request, form, status=refused(no).status.value)
    if new:
        flash.done(request, _("The file is whole and of your account. Its lines are being applied."))
    else:
        flash.told(request, _("This file was taken already, and changes nothing. Here is what it did then."))
    return redirect("backoffice:bank-file", file.public_id)


@require_safe
@answered
def file(request: SellersVisitor, file_id: str) -> HttpResponse:
    """One file, and what each line of it asks, or did. A browser with scripts follows it while it is applied."""
    found = bank_files.get(_key(file_id))
    form = Filters(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    row = Row(found, names_of([found.actor])[found.actor])
    context = {"row": row, "file": found, "form": form, "filtered": any(request.GET.values())}
    if row.sent:
        context["orders"] = [(ACTS[one.act], one) for one in bank_orders.of_file(found.id)]
    else:
        did = Did(wanted["did"]) if wanted.get("did") else None
        lines = bank_files.lines(
            found.id,
            did=did,
            number=wanted.get("number", ""),
            after=wanted.get("after") or 0,
            limit=LINES_SHOWN,
        )
        full = len(lines) == LINES_SHOWN
        more = {**request.GET.dict(), "after": lines[-1].told.line} if full else {}
        context |= {
            "report": bank_files.report(found.id),
            "lines": lines,
            "older": f"?{urlencode(more)}" if more else "",
        }
    return render(request, "backoffice/bank_files/file.html", context)


@makes_file
@answered
def content(request: SellersVisitor, file_id: str) -> HttpResponse:
    """As it went or came, byte for byte. A remittance counts as carried to its bank once who handles money downloads it."""
    carries = request.staff.can["money"]
    found, kept = fetch(file_id=_key(file_id), carries=carries, actor=request.staff.actor, real=clock.now())
    plain = HttpResponse(kept, content_type="application/octet-stream")
    return as_file(plain, _safe(found.name))


def _page(request: SellersVisitor, form: Take, *, status: int = 200) -> HttpResponse:
    before = parse("bfl", request.GET.get("before", ""))
    found = bank_files.newest(before=before, limit=PER_PAGE)
    by = names_of(one.actor for one in found)
    full = len(found) == PER_PAGE
    context = {
        "form": form,
        "accounts": list(_accounts()),
        "rows": [Row(one, by[one.actor]) for one in found],
        "older": f"?before={found[-1].public_id}" if full else "",
    }
    return render(request, "backoffice/bank_files/page.html", context, status=status)


def _accounts() -> Iterator[Account]:
    for name in registry.bank_accounts():
        acts, last = Counter(to_ask(name).values()), bank_files.newest_remittance(name)
        yield Account(
            name,
            [(ACTS[act], acts[act]) for act in Act if acts[act]],
            next_at(name, real=clock.now()),
            given_up(name),
            None if last is None else Row(last, ""),
            bank_orders.given_up(name),
        )


def _safe(name: str) -> str:
    """Of a file that others named, what no header can take for something else."""
    return (
        "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "._-"))
        or "file"
    )


def _key(text: str) -> UUID:
    """The key behind an address. Raises Http404 for what is not one."""
    key = parse("bfl", text)
    if key is None:
        raise Http404(text)
    return key
