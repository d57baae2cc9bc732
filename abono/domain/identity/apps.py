from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "abono.domain.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
