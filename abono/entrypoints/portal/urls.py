from __future__ import annotations

from django.urls import path

from abono.entrypoints.portal import (
    campaign_estimate,
    campaigns,
    financial,
    home,
    invoice,
    notices,
    own_limits,
    plans,
    profile,
    raise_package,
    sandbox,
    style,
    urls_account,
    usage,
    usage_sends,
    wallet,
    wallet_add,
)

app_name = "portal"
urlpatterns = [
    path("home/", home.page, name="home"),
    path("usage/", usage.page, name="usage"),
    path("usage/csv/", usage.csv, name="usage-csv"),
    path("usage/limits/", own_limits.page, name="own-limits"),
    path("usage/limits/save/", own_limits.save, name="own-limits-save"),
    path("usage/sends/csv/", usage_sends.csv, name="usage-sends"),
    path("campaigns/", campaigns.page, name="campaigns"),
    path("campaigns/estimate/", campaign_estimate.page, name="campaign-estimate"),
    path("notices/", notices.page, name="notices"),
    path("notices/read/", notices.read, name="notices-read"),
    path("settings/contracts/", plans.page, name="plans"),
    path("settings/contracts/overage/", plans.pay_interim, name="pay-interim"),
    path("settings/contracts/clock/", sandbox.page, name="advance-clock"),
    path("settings/contracts/<str:contract_id>/raise/", raise_package.page, name="raise-package"),
    path("settings/financial/", financial.page, name="financial"),
    path("settings/financial/csv/", financial.csv, name="financial-csv"),
    path("settings/financial/<str:invoice_id>/", invoice.page, name="invoice"),
    path("settings/financial/<str:invoice_id>/pdf/", invoice.pdf, name="invoice-pdf"),
    path("settings/financial/<str:invoice_id>/pay/", invoice.pay, name="pay-invoice"),
    path("settings/wallet/", wallet.page, name="wallet"),
    path("settings/wallet/add/", wallet_add.page, name="wallet-add"),
    path("settings/wallet/<str:card_id>/use/", wallet.use, name="wallet-use"),
    path("settings/wallet/<str:card_id>/remove/", wallet.remove, name="wallet-remove"),
    path("profile/", profile.page, name="profile"),
    path("profile/organization/", profile.switch_organization, name="switch-organization"),
    *urls_account.urlpatterns,
    *style.urlpatterns,
]
