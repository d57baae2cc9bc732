"""What was true of a contract at a moment, and why, for its organization and for the seller alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.catalog.labels import package_name
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.known import Since
from abono.domain.contracts.types import ContractInfo
from abono.domain.settings.types import SetValue
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.design.arranged import ShownArrangement, shown_arrangements
from abono.entrypoints.site.design.words import Text, moved
from abono.entrypoints.site.fields import ContractNumber
from abono.entrypoints.site.owner import Owner, owner_of
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.history.as_of import AsOf, as_of
from abono.flows.history.cycle_as_of import Untold
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.money import Money
from abono.platform import clock, formats

_UNTOLD: dict[Untold, Text] = {
    Untold.LAID_AWAY: gettext_lazy(
        "The sends of this cycle were laid away, so what was held and used at a moment cannot be told any more."
    ),
    Untold.CHANGED_OTHERWISE: gettext_lazy(
        "The books of this cycle do not follow from what was written down, so what it granted at a moment cannot be told."
    ),
    Untold.NO_CYCLE: gettext_lazy("The books have no such cycle, so what it granted cannot be told."),
}


class When(forms.Form):
    """A moment on the wall clock of the organization; the seller names the contract, too, and says the moment in UTC."""

    use_required_attribute = False
    contract = ContractNumber()
    at = forms.CharField(
        label=gettext_lazy("Moment"),
        max_length=19,
        help_text=gettext_lazy("As clocks show it where the organization is."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": gettext_lazy("Choose a moment.")},
    )

    def __init__(self, data: Mapping[str, str] | None, *, of: ContractInfo | None, **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]
        self.of = of
        if of is None:
            self.fields["at"].help_text = _("In UTC.")
        else:
            del self.fields["contract"]

    def clean_contract(self) -> ContractInfo | None:
        self.of = self.cleaned_data["contract"]
        return self.of

    def clean_at(self) -> datetime:
        """Still without a zone."""
        try:
            found = datetime.fromisoformat(self.cleaned_data["at"])
        except ValueError:
            raise forms.ValidationError(_("Choose a moment.")) from None
        if found.tzinfo is not None or not 2000 <= found.year <= 2100:
            raise forms.ValidationError(_("Choose a moment."))
        return found


@dataclass(frozen=True, slots=True)
class Why:
    """Since when something held, by whom, and what else is known of it."""

    since: datetime
    by: str
    reason: str = ""


@require_safe
@answered
def page(request: HttpRequest, contract_id: str = "") -> HttpResponse:
    """The form, and what was true at the moment that it names."""
    owner = owner_of(request)
    of = _own(owner, contract_id) if owner.room == "portal" else None
    form = When(request.GET if "at" in request.GET else None, of=of, initial=_initial(request, of))
    then = _then(form) if form.is_valid() else None
    context = {"owner": owner, "form": form, "then": then, **({} if then is None else _shown(then))}
    return render(
        request, "site/as_of/page.html", context, status=422 if form.is_bound and form.errors else 200
    )


def _own(owner: Owner, contract_id: str) -> ContractInfo:
    """Raises Http404 for what is not this organization's (ACC-2)."""
    key = parse("ctr", contract_id)
    if key is None:
        raise Http404(contract_id)
    return contracts.get(key, customer_id=owner.customer_id)


def _initial(request: HttpRequest, of: ContractInfo | None) -> dict[str, str]:
    if of is None:
        return {"contract": request.GET.get("contract", "")[:16]}
    now = clock.shifted(cast(Visitor, request).visit.now_offset_s).astimezone(timezone.get_current_timezone())
    return {"at": now.strftime("%Y-%m-%dT%H:%M")}


def _then(form: When) -> AsOf | None:
    """None where it cannot be told: the form says why."""
    assert form.of is not None
    at = form.cleaned_data["at"].replace(tzinfo=timezone.get_current_timezone())
    try:
        return as_of(contract_id=form.of.id, at=at, real=clock.now())
    except Refusal as refusal:
        form.add_error("at", refused(refusal).sentence)
        return None


def _shown(then: AsOf) -> dict[str, object]:
    language, cycle = get_language() or "en", then.cycle
    names = names_of(_actors(then))
    return {
        "state": then.state.value,
        "state_why": None
        if then.move is None
        else Why(
            then.move.happened_at,
            names[then.move.actor],
            str(moved(then.move.reason)),
        ),
        "package_name": package_name(then.package.code, language),
        "package_value": Money(then.package_value_minor, then.currency),
        "plan_why": _why(then.plan.since, then, names),
        "package_why": _why(then.package.since, then, names),
        "licences_why": _why(then.licences.since, then, names),
        "limit_why": None if cycle is None else _set_why(cycle.limit_set, names),
        "overage_price_why": None if cycle is None else _set_why(cycle.overage_price_set, names),
        "untold": [] if cycle is None else [_UNTOLD[one] for one in cycle.untold],
        "arranged": _arranged(then, names),
        "credit": Money(then.credit_minor, then.currency),
        "receivable": Money(then.receivable_minor, then.currency),
        "at": formats.moment(then.at, timezone.get_current_timezone_name(), language),
    }


def _actors(then: AsOf) -> Iterable[str]:
    yield then.plan.since.actor
    yield then.package.since.actor
    yield then.licences.since.actor
    if then.move is not None:
        yield then.move.actor
    for one in () if then.cycle is None else (then.cycle.limit_set, then.cycle.overage_price_set):
        if one is not None:
            yield one.actor
    for arranged in then.arranged:
        yield arranged.actor


def _arranged(then: AsOf, names: Mapping[str, str]) -> list[tuple[ShownArrangement, str]]:
    zone, language = timezone.get_current_timezone_name(), get_language() or "en"
    found = shown_arrangements(then.arranged, zone=zone, language=language, now=then.at)
    return [(one, names[one.actor]) for one in found]


def _why(since: Since, then: AsOf, names: Mapping[str, str]) -> Why:
    if since.begins_at is None:
        return Why(then.signed_at, names[since.actor], _("Contracted"))
    reason = _("A newer version") if since.batch else _("A change of the contract")
    return Why(since.begins_at, names[since.actor], reason)


def _set_why(by: SetValue | None, names: Mapping[str, str]) -> Why | None:
    return None if by is None else Why(by.valid_from, names[by.actor], by.why)
