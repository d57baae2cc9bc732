from django.apps import AppConfig


class UncoveredConfig(AppConfig):
    name = "abono.domain.uncovered"
    label = "uncovered"
    default_auto_field = "django.db.models.BigAutoField"
