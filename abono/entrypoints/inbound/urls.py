"""What others send us: webhooks of gateways, usage in other formats."""

from __future__ import annotations

from django.urls import URLPattern, path

from abono.entrypoints.inbound import gateways, usage

app_name = "inbound"
urlpatterns: list[URLPattern] = [
    path("gateways/<str:name>/", gateways.receive, name="gateway"),
    path("gateways/<str:name>", gateways.receive),
    path("gateways/<str:name>/<path:secret>", gateways.receive, name="gateway_with_secret"),
    *(  # with and without the last slash: a redirect would lose the body
        path(f"{name}{slash}", view, name=name)
        for name, view in (
            ("cloudevents", usage.take_cloudevents),
            ("zenvia", usage.take_zenvia),
            ("whatsapp", usage.take_whatsapp),
            ("twilio", usage.take_twilio),
        )
        for slash in ("", "/")
    ),
    path("", gateways.nothing),
    path("<path:rest>", gateways.nothing),
]
