"""What allauth asks of us: who may sign in, what is written down, where one goes on (docs/adr/0027)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from abono.domain.identity import actions as identity
from abono.domain.identity import factors, queries, sealed
from abono.entrypoints.portal.account import goes_on, second, tries
from abono.entrypoints.site import sessions
from abono.platform import clock
from abono.platform.use_case import one_transaction


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in by the library, with our pages, words and records around it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come by contracting and by invitation alone (CON-9)."""
        return False

    def is_reauthentication_required(self, *, app: str, **_other: Any) -> bool:
        return not sessions.fresh(self.request)

    def add_message(self, *_args: Any, **_other: Any) -> None:
        """Our pages say themselves what was done."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        person = queries.find_person(str(credentials.get("username", "")))
        if person is not None:
            identity.note(name="sign_in.failed", person_id=person.id, actor="system", now=clock.now())

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Every way of signing in ends here: the session and the record of it, or neither."""
        records = get_authentication_records(request, user)
        ways = sorted({str(one["method"]) for one in records})
        with one_transaction():
            super().login(request, user)
            sessions.begin(request, user.pk)
            sessions.came_by(request, records)
            identity.note(
                name="sign_in.done",
                person_id=user.pk,
                actor=f"person:{user.pk}",
                now=clock.now(),
                data={"by": ways},
            )

    def logout(self, request: HttpRequest) -> None:
        sessions.end(request)

    def post_login(
        self, request: HttpRequest, user: Any, *, redirect_url: str | None = None, **_other: Any
    ) -> HttpResponse:
        response = goes_on.after_signing_in(request, user.pk, redirect_url or "")
        tries.know(request, response, user.email)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        return redirect("portal:sign-in")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return goes_on.start(request)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of factors lie encrypted; whoever works for the seller keeps one."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": second.WRONG}

    def encrypt(self, text: str) -> str:
        return sealed.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealed.opened(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not (authenticator.user.is_staff and factors.of(authenticator.user_id).one_left)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:
        return gettext("Passkey")
