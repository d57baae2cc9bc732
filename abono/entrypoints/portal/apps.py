from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "abono.entrypoints.portal"
    label = "portal"
