"""What others send us: webhooks of gateways, usage in other formats."""

from __future__ import annotations

from django.urls import URLPattern, path

from abono.entrypoints.inbound import gateways, usage

app_name = "inbound"
urlpatterns: list[URLPattern] = [
    path("gateways/<str:name>/", gateways.receive, name="gateway"),
    path("cloudevents/", usage.take_cloudevents, name="cloudevents"),
    path("zenvia/", usage.take_zenvia, name="zenvia"),
]
