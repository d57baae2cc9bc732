"""Which address leads to which entrypoint."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from abono.entrypoints.api.root import api
from abono.entrypoints.inbound import urls as inbound
from abono.entrypoints.portal.account import sign_on
from abono.entrypoints.site import errors

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", api.urls),
    path("inbound/", include(inbound)),
    path("sso/<str:whose>/callback/", sign_on.callback, name="openid_connect_callback"),
    *i18n_patterns(
        path("", include("abono.entrypoints.portal.urls_public")),
        path("", include("abono.entrypoints.portal.urls")),
        path("", include("abono.entrypoints.portal.account.urls")),
        path("back-office/", include("abono.entrypoints.backoffice.urls")),
    ),
]

handler400, handler403, handler404, handler500 = (
    errors.bad_request,
    errors.forbidden,
    errors.not_found,
    errors.server_error,
)
