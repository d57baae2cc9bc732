"""Members of customers: found by address or contract, to let in whoever lost their second proof (ACC-3)."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.contracts import queries as contracts
from abono.domain.customers.types import Organization
from abono.domain.identity import queries as people
from abono.domain.identity.types import Member
from abono.entrypoints.backoffice.people.second_proof import Whose, removal
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.shell import PROFILES
from abono.entrypoints.site.visit import SellersVisitor
from abono.kernel.ids import parse, public


class Search(forms.Form):
    use_required_attribute = False
    who = forms.CharField(label=_("E-mail or contract number"), max_length=254)


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """Whoever has this whole address, or is a member of that contract's customer."""
    form = Search(request.GET if "who" in request.GET else None)
    found = _found(form.cleaned_data["who"]) if form.is_bound and form.is_valid() else []
    rows = [(public("usr", one.person_id), one) for one in found]
    return render(request, "backoffice/people/members.html", {"form": form, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def member(request: SellersVisitor, member_id: str) -> HttpResponse:
    """GET: what they prove themselves with. POST: they lost all of it, so it is removed."""
    key = parse("usr", member_id)
    own = [] if key is None else people.organizations(key)
    if not own:
        raise Http404(member_id)
    return removal(request, _whose(own), back=reverse("backoffice:members"))


def _found(who: str) -> list[Whose]:
    contract = contracts.by_number(who)
    if contract is not None:
        wanted = [one.person_id for one in people.members(contract.customer_id)]
    else:
        person = people.find_person(who)
        wanted = [] if person is None else [person.id]
    return [_whose(own) for own in map(people.organizations, wanted) if own]


def _whose(own: Sequence[tuple[Member, Organization]]) -> Whose:
    """One member, with all their organizations."""
    first, _organization = own[0]
    works_in = tuple((where.legal_name, PROFILES[one.profile.value]) for one, where in own)
    return Whose(first.person_id, first.name, first.email, works_in)
