"""Security: password, second factors and sessions of who is signed in, on one page (ACC-3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.identity import actions as identity
from abono.domain.identity import factors
from abono.domain.identity import sessions as kept
from abono.domain.notices import letters
from abono.entrypoints.portal.account import devices, told
from abono.entrypoints.portal.account.set_password import SetPasswordForm
from abono.entrypoints.site import flash, sessions
from abono.entrypoints.site.admission import lacks_second
from abono.entrypoints.site.posted import posted
from abono.platform import clock
from abono.platform.use_case import one_transaction


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    own = factors.of(sessions.person_of(request))
    open_sessions = kept.of(sessions.person_of(request), current=sessions.key_of(request), now=clock.now())
    context = {
        "frame": told.frame(request),
        "factors": own,
        "must": request.user.is_staff and not own.second,
        "elsewhere": bool(sessions.only(request)),
        "administrates": lacks_second(request, getattr(request, "visit", None)),
        "keeps_one": request.user.is_staff and own.one_left,
        "sessions": [(one, devices.named(one.agent)) for one in open_sessions],
        "others": sum(not one.current for one in open_sessions),
    }
    return render(request, "portal/account/security.html", context)


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A new password; who changes it has given a factor a moment ago. All other sessions end."""
    form = SetPasswordForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person_id = sessions.person_of(request)
        with one_transaction():
            identity.choose_password(
                person_id=person_id,
                password=form.cleaned_data["password"],
                keep=sessions.key_of(request),
                actor=sessions.actor_of(request),
                now=clock.now(),
            )
            told.person(request, letters.CHANGED)
        told.stays_signed_in(request)
        flash.done(request, _("Your password is changed. Everywhere else you are signed out."))
        return redirect("portal:security")
    context = {"form": form, "frame": told.frame(request)}
    return render(request, "portal/account/password.html", context, status=422 if form.errors else 200)


@posted("portal:security")
def end_session(request: HttpRequest) -> HttpResponse:
    """End one session of one's own; another person's, or one that is over, changes nothing."""
    named, person_id = request.POST.get("session", ""), sessions.person_of(request)
    if named == kept.name(sessions.key_of(request)):
        return redirect("portal:security")  # the way out of this one is to sign out
    if kept.end(person_id=person_id, named=named, actor=sessions.actor_of(request), now=clock.now()):
        flash.done(request, _("That session is ended."))
    return redirect("portal:security")


@posted("portal:security")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    person_id = sessions.person_of(request)
    kept.end_others(
        person_id=person_id,
        keep=sessions.key_of(request),
        actor=sessions.actor_of(request),
        now=clock.now(),
    )
    sessions.renew(request)
    flash.done(request, _("Everywhere else you are signed out."))
    return redirect("portal:security")
