"""Where a payment of ours is at Stripe: by its id, among those of a customer or of a while, or by the search."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from stripe.params import PaymentIntentListParams

from abono.domain.payments.ports.port import GatewayUnavailable
from abono.gateways.stripe.line import Json, hear
from abono.gateways.stripe.reading import KEY, id_of, key_of

PAGE, PAGES = 100, 10  # payments that are looked through
BEFORE, AFTER = (
    timedelta(minutes=5),
    timedelta(minutes=30),
)  # the moment in a key: clocks differ, calls take a while


class Payments:
    """Each answer is the PaymentIntent, empty without a clear answer, or None when there is surely none."""

    def __init__(self, api: Any) -> None:
        self._api = api

    def by_reference(self, reference: str, key: str) -> Json | None:
        """By Stripe's own id; one that is of another key is none."""
        heard = hear(lambda: self._api.payment_intents.retrieve(reference, {"expand": ["latest_charge"]}))
        if heard.status != 200:
            return {}
        return heard.body if key_of(heard.body) == key else None

    def of_customer(self, key: str, customer: str) -> Json | None:
        return self._listed(key, {"customer": customer})

    def of_its_time(self, key: str) -> Json | None:
        """Among all that were made around the moment that stands in a key of ours; where it has none, only the search is left."""
        try:
            made = UUID(key)
        except ValueError:
            return self.searched(key)
        if made.version != 7:
            return self.searched(key)
        at = (made.int >> 80) // 1000
        span = {"gte": at - int(BEFORE.total_seconds()), "lte": at + int(AFTER.total_seconds())}
        found = self._listed(key, {"created": span})
        return found if found != {} else self.searched(key)

    def _listed(self, key: str, among: Json) -> Json | None:
        """A list shows what is there as soon as it is: only its end says that there is none."""
        asked: PaymentIntentListParams = {"limit": PAGE, "expand": ["data.latest_charge"], **among}  # type: ignore[typeddict-item]
        for _page in range(PAGES):
            heard = hear(lambda: self._api.payment_intents.list(asked))
            found = heard.body.get("data")
            if heard.status != 200 or not isinstance(found, list):
                return {}
            for intent in found:
                if isinstance(intent, dict) and key_of(intent) == key:
                    return intent
            more = heard.body.get("has_more")
            last = id_of(found[-1], "pi") if found else ""
            if more is not True or not last:
                return None if more is False else {}
            asked["starting_after"] = last
        return {}

    def searched(self, key: str) -> Json:
        """By the index, which may be late: it says where, never that there is none, nor what is true."""
        if not re.fullmatch("[A-Za-z0-9-]{1,100}", key):
            return {}
        heard = hear(lambda: self._api.payment_intents.search({"query": f"metadata['{KEY}']:'{key}'"}))
        found = heard.body.get("data")
        reference = id_of(found[0], "pi") if isinstance(found, list) and found else ""
        return self.by_reference(reference, key) or {} if heard.status == 200 and reference else {}

    def key_of(self, reference: str) -> str | None:
        """Our key of a payment. Raises GatewayUnavailable: then Stripe tells its news again."""
        heard = hear(lambda: self._api.payment_intents.retrieve(reference))
        if heard.status != 200 and not heard.missing:
            raise GatewayUnavailable
        return key_of(heard.body)
