from __future__ import annotations

from django.urls import path

from abono.entrypoints.backoffice import metering

app_name = "backoffice"
urlpatterns = [path("metering/", metering.page, name="metering")]
