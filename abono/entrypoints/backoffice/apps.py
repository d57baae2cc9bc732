from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "abono.entrypoints.backoffice"
    label = "backoffice"
