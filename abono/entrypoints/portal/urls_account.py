from __future__ import annotations

from django.urls import path

from abono.entrypoints.portal import set_password, sign_in

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("language/", sign_in.set_language, name="set-language"),
    path("set-password/<slug:person_id>/<slug:token>/", set_password.set_password, name="set-password"),
]
