from __future__ import annotations

from django.urls import path

from abono.entrypoints.backoffice.metering import views as metering

app_name = "backoffice"
urlpatterns = [path("metering/", metering.page, name="metering")]
