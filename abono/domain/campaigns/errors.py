from __future__ import annotations

from datetime import datetime

from abono.domain.campaigns.types import MAX_LINES, MAX_PLACES
from abono.kernel.errors import Kind, Refusal, _


class NoSuchCampaign(Refusal):
    code = "no_campaign"
    kind = Kind.NOT_FOUND
    message = _("There is no such campaign.")


class CampaignMalformed(Refusal):
    """No lines or too many, a route twice, or a count out of bounds."""

    code = "metering.campaign_malformed"
    kind = Kind.INVALID
    message = _(
        "A campaign has 1 to {most_lines} lines, each with another route and a count from 1 to {most_count}."
    )
    most_lines: int = MAX_LINES
    most_count: int = MAX_PLACES


class CampaignClash(Refusal):
    code = "id_reused"
    kind = Kind.CONFLICT
    message = _("This id was used before for a campaign with other lines.")


class CampaignDoesNotFit(Refusal):
    """Nothing was set aside, and sending goes on. `fits` counts the sends that would fit, line by line in order."""

    code = "metering.campaign_does_not_fit"
    kind = Kind.PAYMENT_REQUIRED
    message = _("Of {asked} sends {fit} would fit before the limit. Nothing was set aside.")
    asked: int
    fit: int
    fits: tuple[int, ...]
    room_micro: int


class CampaignOverCap(Refusal):
    """Nothing was set aside, and sending goes on (LIM-5). `room_micro` is what the cap leaves."""

    code = "own_cap_reached"
    kind = Kind.PAYMENT_REQUIRED
    message = _("The campaign would pass the cap that you set yourselves. Nothing was set aside.")
    room_micro: int


class CampaignOverBudget(Refusal):
    """Nothing was set aside, and sending goes on (LIM-5). `room_micro` is what the budget of the channel leaves."""

    code = "channel_budget_reached"
    kind = Kind.PAYMENT_REQUIRED
    message = _("The campaign would pass the budget that you set for {channel}. Nothing was set aside.")
    channel: str
    room_micro: int


class SendingBlocked(Refusal):
    code = "sending_blocked"
    kind = Kind.PAYMENT_REQUIRED
    message = _("Sending is blocked: the limit of the contract is reached.")


class CampaignNoPrice(Refusal):
    """`lines` says which, counted from 0."""

    code = "no_price"
    kind = Kind.CONFLICT
    message = _("The package has no price for {count} of the lines.")
    count: int
    lines: tuple[int, ...]


class CampaignUseNotAllowed(Refusal):
    """A campaign is a mass send (PKG-10). `lines` says which, counted from 0."""

    code = "use_not_allowed"
    kind = Kind.CONFLICT
    message = _("These channels are not for sending to many: {channels}.")
    channels: str
    lines: tuple[int, ...]


class CampaignEnded(Refusal):
    """`state` is closed, cancelled or expired."""

    code = "campaign_ended"
    kind = Kind.CONFLICT
    message = _("The campaign has ended.")
    state: str


class CampaignTooLong(Refusal):
    code = "metering.campaign_too_long"
    kind = Kind.INVALID
    message = _("The campaign cannot be extended beyond {latest}.")
    latest: datetime


class CampaignBeyondCounting(Refusal):
    """It costs more than any balance can hold."""

    code = "metering.campaign_beyond_counting"
    kind = Kind.INVALID
    message = _("The campaign costs more than can be counted. Ask for fewer sends.")
