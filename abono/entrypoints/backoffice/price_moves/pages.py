"""A preview of contracts that go on at other prices: seen line by line, confirmed once, and listed with those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.contracts.price_moves import PriceMoveInfo
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.ask import ask_price_move
from abono.flows.charges.rises import Waits
from abono.flows.price_moves.apply import Kind, apply_move
from abono.flows.price_moves.effects import Effect, needs_second
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.money import Money, total
from abono.platform import clock

WAITS: dict[Waits | None, Text] = {
    None: "",
    Waits.KEPT: gettext_lazy("its price was set too short before"),
    Waits.NOTICE: gettext_lazy("a rise is told 30 days before"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One preview of the list: where it leads, and what it is of."""

    url: str
    what: str
    previewed_at: datetime
    applied_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one kind of move.

    url        name of the page of a preview, and `file` of the file with the same
    template   that extends `backoffice/price_moves/preview.html`
    asked      what is told once a second person is asked, and `done` once it is applied
    """

    kind: Kind[Any, Any]
    url: str
    file: str
    template: str
    asked: Text
    done: Text

    def listed(self, one: PriceMoveInfo, what: str) -> Listed:
        return Listed(
            reverse(f"backoffice:{self.url}", args=[one.public_id]), what, one.previewed_at, one.applied_at
        )

    def preview(
        self, request: SellersVisitor, move_id: UUID, shown: Callable[[datetime], dict[str, Any]]
    ) -> HttpResponse:
        """GET: what it says. POST: do exactly that, where that is confirmed.

        shown   its `one`, `effects` and `rows`, and what the template of this kind wants beside
        """
        refusal, now = None, clock.now()
        if request.method == "POST" and request.POST.get("confirm") == "yes":
            try:
                fresh = apply_move(self.kind, move_id, actor=request.staff.actor, now=now)
            except SecondPersonNeeded:
                asked = ask_price_move(self.kind, move_id, actor=request.staff.actor, now=now)
                flash.done(request, str(self.asked))
                return redirect("backoffice:approval", asked.public_id)
            except Refusal as no:
                refusal = refused(no)
            else:
                again = _("This was applied before. Nothing was done again.")
                flash.done(request, str(self.done) if fresh else again)
                return redirect(request.path)
        context = shown(now)
        one, effects = context["one"], context["effects"]
        context |= {
            "refusal": refusal,
            "unconfirmed": request.method == "POST" and refusal is None,
            "needs_second": one.applied_at is None and needs_second(effects, at=now),
            "sums": _sums(effects),
            "by_year": any(effect.by_year for effect in effects),
            "file": reverse(f"backoffice:{self.file}", args=[one.public_id]),
        }
        return render(request, self.template, context, status=refusal.status if refusal else 200)


def key(prefix: str, text: str) -> UUID:
    """Raises Http404."""
    found = parse(prefix, text)
    if found is None:
        raise Http404(text)
    return found


def _sums(effects: Sequence[Effect]) -> Iterable[tuple[Money, Money, Money]]:
    """Before, after and difference of all, in each currency."""
    for currency in dict.fromkeys(one.before.currency for one in effects):
        own = [one for one in effects if one.before.currency == currency]
        before, after = (
            total([one.before for one in own], currency),
            total([one.after for one in own], currency),
        )
        yield before, after, after - before
