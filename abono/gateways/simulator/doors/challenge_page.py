"""The page on which a holder confirms a charge (3-D Secure), as their bank would show it."""

from __future__ import annotations

from collections.abc import Mapping

from abono.gateways.simulator.company.charges import Charges
from abono.gateways.simulator.doors.render import Reply, money, page
from abono.gateways.simulator.doors.texts import HTML_LANG, texts


def show(charges: Charges, reference: str, language: str | None) -> Reply:
    """Confirm, refuse or walk away; what is decided already says so and leads back."""
    spoken, words = texts(language or "en")
    row = charges.challenged(reference)
    if row is None:
        return page(
            "closed.html",
            {**words, "expired_page": words["challenge_none"], "lang": HTML_LANG[spoken]},
            status=404,
        )
    values = {
        **words,
        "lang": HTML_LANG[spoken],
        "spoken": spoken,
        "reference": reference,
        "return_url": row["return_url"],
        "amount": money(row["amount_minor"], row["currency"]),
        "card": f"•••• {row['last4']}",
        "description": row["description"],
    }
    if row["status"] == "challenge":
        return page("challenge.html", values)
    values["said"] = words["challenge_paid" if row["status"] == "paid" else "challenge_declined"]
    return page("challenged.html", values)


def receive(charges: Charges, reference: str, language: str | None, form: Mapping[str, str]) -> Reply:
    """What the holder decided; once, whatever is pressed afterwards. The answer leads back by itself."""
    row = charges.challenged(reference)
    if row is not None and form.get("outcome") in ("paid", "declined"):
        charges.settle(row["key"], form["outcome"])
    return show(charges, reference, language)
