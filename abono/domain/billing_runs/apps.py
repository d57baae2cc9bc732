from django.apps import AppConfig


class BillingRunsConfig(AppConfig):
    name = "abono.domain.billing_runs"
    label = "billing_runs"
    default_auto_field = "django.db.models.BigAutoField"
