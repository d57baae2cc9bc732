from django.apps import AppConfig


class PaymentLinksConfig(AppConfig):
    name = "abono.domain.payment_links"
    label = "payment_links"
    default_auto_field = "django.db.models.BigAutoField"
