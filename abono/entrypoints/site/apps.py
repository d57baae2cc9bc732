from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "abono.entrypoints.site"
    label = "site"
