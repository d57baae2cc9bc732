"""Addresses that allauth finds by names of its own, which are in no namespace."""

from __future__ import annotations

from django.urls import path

from abono.entrypoints.portal.account import again, second, sign_in

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="account_login"),
    path("sign-in/code/", second.page, name="mfa_authenticate"),
    path("sign-in/again/", again.page, name="account_reauthenticate"),
]
