"""People: who works for the seller, in which roles; who lets them in, changes that, or lets them in no longer (ACC-5)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.identity import queries, staff
from abono.domain.identity.roles import Role
from abono.domain.identity.staff import Colleague
from abono.entrypoints.backoffice.people.forms import Invite, Roles
from abono.entrypoints.backoffice.people.second_proof import Whose, removal
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.words import ROLES
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import Refused, answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.colleagues import invite_colleague, let_out, send_link
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: everybody. POST: let somebody in."""
    form = Invite(request.POST or None, initial={"language": get_language()})
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, None)
    told = form.cleaned_data
    if any(one.email == told["email"].lower() for one in staff.colleagues()):
        form.add_error("email", _("This person is in the list already: change their roles there."))
        return _show(request, form, None)
    try:
        found = invite_colleague(
            email=told["email"],
            name=told["name"],
            language=told["language"],
            roles=form.chosen,
            by=request.staff.name,
            actor=request.staff.actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        return _show(request, form, refused(refusal))
    flash.done(request, _("{name} is let in. A link is on its way to {email}.").format(**_named(found)))
    return redirect("backoffice:people")


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def person(request: SellersVisitor, person_id: str) -> HttpResponse:
    """GET: their roles. POST: other ones."""
    found, refusal = _colleague(person_id), None
    form = Roles(request.POST or None, initial={"roles": [role.value for role in found.roles]})
    if request.method == "POST" and form.is_valid():
        try:
            changed = staff.set_roles(
                person_id=found.person_id, roles=form.chosen, actor=request.staff.actor, now=clock.now()
            )
        except Refusal as no:
            refusal = refused(no)
        else:
            text = _("Saved. It holds from their next page on.") if changed else _("Nothing was changed.")
            flash.done(request, text)
            return redirect("backoffice:people")
    wrong = refusal.status if refusal else 422 if form.errors else 200
    context = {"colleague": found, "form": form, "refusal": refusal, "roles": _table()}
    context["keys"] = queries.keys_made_by(found.actor, customer_id=None, now=clock.now())
    return render(request, "backoffice/people/person.html", context, status=wrong)


@posted("backoffice:person", of="person_id")
@answered
def link(request: SellersVisitor, person_id: str) -> HttpResponse:
    """Mail them the way in once more."""
    found = send_link(person_id=_colleague(person_id).person_id, by=request.staff.name, now=clock.now())
    flash.done(request, _("A link is on its way to {email}.").format(**_named(found)))
    return redirect("backoffice:person", person_id)


@posted("backoffice:person", of="person_id")
@answered
def remove(request: SellersVisitor, person_id: str) -> HttpResponse:
    """Let them in no longer, at once."""
    found = _colleague(person_id)
    if request.POST.get("confirm") != "yes":
        flash.refused(request, _("Nothing was done: tick the box to confirm."))
        return redirect("backoffice:person", person_id)
    try:
        made = let_out(
            person_id=found.person_id,
            end_keys=request.POST.get("keys") == "end",
            by=request.staff.name,
            actor=request.staff.actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
        return redirect("backoffice:person", person_id)
    flash.done(
        request, _("{name} is let in no longer, and was signed out everywhere.").format(**_named(found))
    )
    if made and request.POST.get("keys") != "end":
        said = _("Keys that {name} made still work: {keys}. Replace them soon.")
        flash.told(request, said.format(**_named(found), keys=", ".join(one.name for one in made)))
    return redirect("backoffice:people")


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def second_proof(request: SellersVisitor, person_id: str) -> HttpResponse:
    """GET: what they prove themselves with. POST: they lost all of it, so it is removed."""
    found = _colleague(person_id)
    back = reverse("backoffice:person", args=[person_id])
    return removal(request, Whose(found.person_id, found.name, found.email), back=back)


def _show(request: SellersVisitor, form: Invite, refusal: Refused | None) -> HttpResponse:
    rows = [(one, [ROLES[role.value][0] for role in one.roles]) for one in staff.colleagues()]
    context = {"rows": rows, "form": form, "refusal": refusal, "roles": _table()}
    wrong = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "backoffice/people/page.html", context, status=wrong)


def _table() -> list[tuple[object, object]]:
    return [ROLES[role.value] for role in Role]


def _colleague(text: str) -> Colleague:
    """Raises Http404 for whoever does not work for the seller."""
    key = parse("usr", text)
    found = None if key is None else staff.colleague(key)
    if found is None:
        raise Http404(text)
    return found


def _named(one: Colleague) -> dict[str, str]:
    return {"name": one.name, "email": one.email}
