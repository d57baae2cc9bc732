from __future__ import annotations

from django.urls import path

from abono.entrypoints.portal.codes import views as codes
from abono.entrypoints.portal.order import pay as order_pay
from abono.entrypoints.portal.order import views as order
from abono.entrypoints.portal.pay import views as pay
from abono.entrypoints.portal.payment import views as payment
from abono.entrypoints.portal.prices import views as prices
from abono.entrypoints.portal.stripe_fields import views as stripe_fields
from abono.entrypoints.site.help import views as help_views

app_name = "public"
urlpatterns = [
    path("", prices.root, name="root"),
    path("plans/", prices.prices, name="prices"),
    path("payments/<str:payment_id>/back/", payment.back, name="payment-back"),
    path("pay/<str:secret>/", pay.link, name="payment-link"),
    path("pay/link/<str:link_id>/", pay.page, name="pay"),
    path("pay/link/<str:link_id>/<slug:means>/", pay.asked, name="pay-asked"),
    path("card-fields/stripe/", stripe_fields.page, name="stripe-fields"),
    path("terms/", order.terms_page, name="terms"),
    path("help/", help_views.index, name="help"),
    path("help/<slug:slug>/", help_views.article, name="help-article"),
    path("docs/errors/", codes.page, name="codes"),
    path("order/", order.order, name="order"),
    path("order/resume/<str:token>/", order.resume, name="order-resume"),
    path("order/<slug:order_id>/", order.details, name="order-details"),
    path("order/<slug:order_id>/pay/", order_pay.pay, name="order-pay"),
    path("order/<slug:order_id>/done/", order.done, name="order-done"),
    path("order/<slug:order_id>/otherwise/", order_pay.otherwise, name="order-otherwise"),
]
