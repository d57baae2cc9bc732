from django.apps import AppConfig


class FiscalConfig(AppConfig):
    name = "abono.domain.fiscal"
    label = "fiscal"
    default_auto_field = "django.db.models.BigAutoField"
