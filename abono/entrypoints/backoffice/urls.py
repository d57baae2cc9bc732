from __future__ import annotations

from django.urls import path

from abono.entrypoints.backoffice.metering import views as metering
from abono.entrypoints.backoffice.money import views as money

app_name = "backoffice"
urlpatterns = [
    path("metering/", metering.page, name="metering"),
    path("money/", money.page, name="money"),
    path("money/<str:money_id>/ask/", money.ask_again, name="money-ask"),
    path("money/<str:money_id>/close/", money.close, name="money-close"),
]
