from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "abono.domain.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
