from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "abono.entrypoints.cli"
    label = "cli"
