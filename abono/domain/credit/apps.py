from django.apps import AppConfig


class CreditConfig(AppConfig):
    name = "abono.domain.credit"
    label = "credit"
    default_auto_field = "django.db.models.BigAutoField"
