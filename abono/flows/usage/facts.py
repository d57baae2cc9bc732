"""What programs tell of usage. Ids are the tellers' own, contracts are public ids; no field has been looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from abono.domain.catalog.types import EVERYWHERE

type End = Literal[
    "sent", "delivered", "not_delivered", "rejected"
]  # PKG-4; rejected never reached the carrier
type Use = Literal["mass_send", "sales", "chatbot"]  # PKG-10


class Send(Struct, frozen=True, gc=False):
    """A send that wants to be held. `country` is ISO 3166-1, any text where it does not matter."""

    id: str
    contract: str
    channel: str
    kind: str
    country: str = EVERYWHERE
    use: Use | None = None
    units: int = 1  # segments, minutes: as many as the price is drawn for
    contact: str | None = None  # whom it goes to, and the number that sends it: some are free (CAT-9)
    sender: str | None = None


class Settlement(Struct, frozen=True, gc=False):
    """How a send ended, whether anybody had held it or not.

    kind, units       of one that was held: what the carrier counted it as, where that is something else (PKG-13)
    channel, country  and these, of one that nobody held: what it was; empty where its teller cannot know
    at                the moment at which it left; None: now
    contact, sender   as of a send
    """

    id: str
    contract: str
    outcome: End
    kind: str | None = None
    units: int | None = None
    channel: str = ""
    country: str = EVERYWHERE
    at: datetime | None = None
    contact: str | None = None
    sender: str | None = None


class Told(Settlement, frozen=True, gc=False):
    """… told by somebody who knows it under an id of their own, and maybe under that of its hold, too. Kind and units are
    what it would have been held as.

    counted_as, counted_units   what the carrier counted it as: the first of these kinds that we know (PKG-13)
    campaign                    of which it is said to be
    """

    held_as: str = ""
    counted_as: tuple[str, ...] = ()
    counted_units: int | None = None
    campaign: str = ""


class CampaignSend(Struct, frozen=True, gc=False):
    """How a send of a campaign ended.

    channel, kind, country        its line
    counted_as, counted_units     what the carrier counted it as, where that is something else (PKG-13)
    contact, sender               as of a send
    """

    id: str
    contract: str
    campaign: str
    channel: str
    kind: str
    outcome: End
    country: str = EVERYWHERE
    counted_as: str | None = None
    counted_units: int | None = None
    contact: str | None = None
    sender: str | None = None


class Contact(Struct, frozen=True, gc=False):
    """Something between a contact and the customer. `at` is the moment that the teller names; None: now."""

    id: str
    contract: str
    contact: str
    channel: str
    kind: str
    at: datetime | None
