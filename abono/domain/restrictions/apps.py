from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    name = "abono.domain.restrictions"
    label = "restrictions"
    default_auto_field = "django.db.models.BigAutoField"
