"""Why callers were refused, in words. A code without words is shown as it is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from abono.domain.usage.minutes import REQUESTS

_OPERATIONS = {
    "holds": _("Holds"),
    "settlements": _("Settlements"),
    "interactions": _("Contact events"),
    "campaign-settlements": _("Settlements of campaigns"),
    "leases": _("Licences claimed"),
    "lease-heartbeats": _("Heartbeats of licences"),
    "lease-releases": _("Licences given back"),
    REQUESTS: _("Whole requests"),
}
_REASONS = {
    "all_in_use": _("All licences are in use"),
    "already_counted": _("Counted otherwise before"),
    "already_settled": _("Settled otherwise before"),
    "awaiting_payment": _("The contract awaits its first payment"),
    "bad_signature": _("Not signed with the secret that is set here"),
    "body_too_large": _("The body is too large"),
    "body_too_slow": _("The body came too slowly"),
    "busy": _("Too much waits already: nothing was done"),
    "campaign_ended": _("The campaign has ended"),
    "channel_budget_reached": _("The customer's budget for the channel is used up"),
    "contract_ended": _("The contract has ended"),
    "contract_restricted": _("The contract is restricted"),
    "deactivated": _("No user any more"),
    "freed": _("An Administrator freed the licence"),
    "hold_expired": _("The hold was released before"),
    "id_reused": _("The id came before with other content"),
    "identity.key_from_elsewhere": _("The key does not work from that address"),
    "idle": _("Idle while somebody waited, or a stream in which nothing came"),
    "in_the_future": _("Of a moment that is still to come"),
    "internal_error": _("A fault of ours: the log has it"),
    "invalid": _("Not of the form that is described"),
    "invalid_id": _("The id cannot be kept"),
    "lost": _("No heartbeat in time: somebody else has the licence"),
    "malformed": _("Cannot be read"),
    "method_not_allowed": _("Not an act of this address"),
    "no_contract": _("No such contract for this key"),
    "no_cycle": _("No cycle covers the moment"),
    "no_campaign": _("No such campaign"),
    "no_lease": _("No such licence in use, and no such place"),
    "no_line": _("The campaign has no line for it"),
    "no_price": _("The package has no price for it"),
    "no_recipient": _("Nobody knows to whom it went"),
    "no_function": _("There is no function with this code."),
    "no_send": _("No such send"),
    "no_usable_key": _("No usable key"),
    "not_found": _("Nothing at this address"),
    "not_json": _("Not JSON"),
    "own_cap_reached": _("The customer's own cap is reached"),
    "queue_full": _("As many wait as can"),
    "reduced": _("The contract has fewer licences now"),
    "scope_missing": _("The key may not do this"),
    "sending_blocked": _("Sending is blocked: the limit is reached"),
    "taken_over": _("The same person came in on another device"),
    "too_late": _("Of a cycle that is closed for good"),
    "too_many_requests": _("Too many requests of one caller"),
    "unavailable": _("The database did not answer"),
    "unknown_channel": _("No such channel"),
    "unknown_kind": _("No such kind of event"),
    "use_not_allowed": _("The channel is not for this use"),
    "unsupported_media_type": _("Not of a content type that this address takes"),
    "wrong_token": _("Another token than the one that is set here"),
}


def operation(code: str) -> str:
    return str(_OPERATIONS.get(code, code))


def reason(code: str) -> str:
    return str(_REASONS.get(code, code))
