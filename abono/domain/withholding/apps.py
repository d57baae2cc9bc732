from django.apps import AppConfig


class WithholdingConfig(AppConfig):
    name = "abono.domain.withholding"
    label = "withholding"
    default_auto_field = "django.db.models.BigAutoField"
