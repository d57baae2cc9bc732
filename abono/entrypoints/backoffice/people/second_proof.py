"""The second proof of somebody who lost all of it: removed with a reason, by somebody else (ACC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from abono.domain.identity import factors
from abono.entrypoints.backoffice.people.forms import Lost
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.forget_factors import forget_factors_of
from abono.kernel.errors import Refusal
from abono.platform import clock


@dataclass(frozen=True, slots=True)
class Whose:
    """`works_in` names organizations and profiles of a customer's member; of the seller's people it is empty."""

    person_id: UUID
    name: str
    email: str
    works_in: tuple[tuple[str, Text], ...] = ()


def removal(request: SellersVisitor, whose: Whose, *, back: str) -> HttpResponse:
    """GET: the form, where there is something to remove and it is not one's own. POST: it is done.

    back   the address of the page that led here
    """
    form, refusal = Lost(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            forget_factors_of(
                person_id=whose.person_id,
                by=f"{request.staff.name}, {settings.ABONO_SELLER['name']}",
                why=form.cleaned_data["why"],
                actor=request.staff.actor,
                now=clock.now(),
            )
        except Refusal as no:
            refusal = refused(no)
        else:
            said = _(
                "The second proof of {name} is removed. They are signed out everywhere, and a mail to {email} says so."
            )
            flash.done(request, said.format(name=whose.name, email=whose.email))
            return redirect(back)
    context = {
        "whose": whose,
        "own": whose.person_id == request.staff.person_id,
        "factors": factors.of(whose.person_id),
        "form": form,
        "refusal": refusal,
        "back": back,
    }
    wrong = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "backoffice/people/second_proof.html", context, status=wrong)
