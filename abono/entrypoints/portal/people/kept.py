"""People › Licences in use › Licences for groups: an Administrator keeps some for a profile or a group (LIC-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from abono.domain.licences import queries as licences
from abono.domain.licences.actions import MOST_GROUPS
from abono.domain.licences.types import GROUP, MOST, Kept
from abono.entrypoints.site import flash
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import Refused, answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.licences.keep import keep_licences
from abono.kernel.errors import Refusal
from abono.platform import clock
from abono.platform.clock import shifted

NEW = 2  # rows for groups for which none were kept before


class KeptForm(forms.Form):
    """A row for each group, and some for new ones; a row without a number keeps none."""

    use_required_attribute = False

    def __init__(self, kept: Kept, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.count = min(len(kept) + NEW, MOST_GROUPS)
        rows = [*kept.items(), *[("", None)] * NEW][: self.count]
        for n, (name, count) in enumerate(rows):
            self.fields[f"group_{n}"] = forms.RegexField(
                GROUP.join(("^", "$")),
                label=_("Group {number}").format(number=n + 1),
                required=False,
                max_length=40,
                widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
                error_messages={"invalid": gettext_lazy("Only a to z, digits, hyphens and underscores.")},
            )
            self.fields[f"licences_{n}"] = forms.IntegerField(
                label=_("Licences for group {number}").format(number=n + 1),
                required=False,
                min_value=0,
                max_value=MOST,
            )
            self.initial.update({f"group_{n}": name, f"licences_{n}": count})

    def clean(self) -> dict[str, Any]:
        cleaned = dict(self.cleaned_data)
        seen: set[str] = set()
        for n in range(self.count):
            name, count = cleaned.get(f"group_{n}"), cleaned.get(f"licences_{n}")
            if count and not name and f"group_{n}" not in self.errors:
                self.add_error(f"group_{n}", _("Say for whom they are."))
            if name and name in seen:
                self.add_error(f"group_{n}", _("This group stands here twice."))
            seen.add(name or "")
        return cleaned

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"group_{n}"], self[f"licences_{n}"]) for n in range(self.count)]

    @property
    def kept(self) -> Kept:
        cleaned = self.cleaned_data
        found = ((cleaned[f"group_{n}"], cleaned[f"licences_{n}"]) for n in range(self.count))
        return {name: count for name, count in found if name and count}


@require_safe
@answered
def page(request: Visitor) -> HttpResponse:
    """For whom some are kept, and what is left for everybody."""
    contract = request.visit.contract
    kept = {} if contract is None else licences.kept(contract.id)
    return _show(request, KeptForm(kept), kept, None)


@posted("portal:people-kept")
@answered
def save(request: Visitor) -> HttpResponse:
    """What was typed takes the place of what was kept; who is in stays in."""
    visit = request.visit
    if visit.contract is None:
        return redirect("portal:people-kept")
    kept = licences.kept(visit.contract.id)
    form = KeptForm(kept, request.POST)
    if not form.is_valid():
        return _show(request, form, kept, None)
    try:
        keep_licences(
            contract_id=visit.contract.id,
            customer_id=visit.customer_id,
            kept=form.kept,
            actor=visit.actor,
            now=clock.now(),
        )
    except Refusal as no:
        return _show(request, form, kept, refused(no))
    same = form.kept == kept
    flash.done(request, _("Nothing was changed.") if same else _("Saved. It holds from the next sign-in on."))
    return redirect("portal:people-kept")


def _show(request: Visitor, form: KeptForm, kept: Kept, refusal: Refused | None) -> HttpResponse:
    visit = request.visit
    owned = None if visit.contract is None else _owned(visit.contract.id, visit.now_offset_s)
    sum_ = sum(kept.values())
    context = {
        "contract": visit.contract,
        "form": form,
        "refusal": refusal,
        "owned": owned,
        "kept": sum_,
        "left": None if owned is None else max(owned - sum_, 0),
        "beyond": owned is not None and sum_ > owned,
        "groups": list(kept.items()),
        "may_change": visit.administers,
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "portal/people/kept.html", context, status=status)


def _owned(contract_id: UUID, offset_s: int) -> int | None:
    return licences.owned(contract_id, at=shifted(offset_s))
