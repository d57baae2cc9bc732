"""What is said of one event that was told, in words for people: what it means, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping

from abono.flows.usage.said import Word
from abono.kernel.errors import _

DONE: Mapping[Word, str] = {
    Word.HELD: _("The value of the send is set aside. Send it, then say how it ended."),
    Word.RECORDED: _("Nobody had held the send: it is drawn now."),
    Word.SETTLED: _("It is noted how the send ended: one that left is drawn, one that was rejected is not."),
    Word.NOT_DELIVERED: _(
        "It is noted that the send did not arrive. “outcome” says whether it is drawn: “sent” is, “not_delivered” is not."
    ),
    Word.WAITING: _("The send left, and is drawn when it is delivered."),
    Word.UNCOVERED: _(
        "The send had left and draws on nothing: it is kept, and billed only if the seller says so. “code” says why."
    ),
    Word.OPENED: _("The event begins an interaction."),
    Word.COVERED: _("The event lies in an interaction that is open."),
    Word.NOT_COUNTED: _("An event of a kind that costs nothing."),
    Word.KNOWN: _("The event came before."),
    Word.IGNORED: _("It says nothing that is counted."),
}

REFUSED: Mapping[Word, tuple[str, str]] = {
    Word.ALREADY_COUNTED: (
        _("The send was settled so before, counted as something else, and draws what it drew."),
        _(
            "Nothing needs to be done. What is cheaper is taken as long as it is on no invoice; what is dearer never is."
        ),
    ),
    Word.ALREADY_SETTLED: (
        _("The send ended otherwise before, and stays so."),
        _("Nothing needs to be done. If the first report was wrong, write to us."),
    ),
    Word.CAMPAIGN_ENDED: (
        _("The campaign has ended: what was not sent went back to the package."),
        _("Hold the send by itself, or in a new campaign."),
    ),
    Word.CHANNEL_BUDGET_REACHED: (
        _("It would pass the budget that you set for the channel."),
        _("Raise the budget in “Limits of your own”, or wait for the next cycle."),
    ),
    Word.HOLD_EXPIRED: (
        _("The hold was released, because nobody said in time how the send ended. Nothing is drawn."),
        _("Report each send before its hold expires. Hold it again before you send it again."),
    ),
    Word.ID_REUSED: (
        _("This id came before with other content."),
        _("Give each send, event and campaign an id of its own, and repeat it only with the same content."),
    ),
    Word.IN_THE_FUTURE: (
        _("The event lies more than five minutes in the future."),
        _("Set the clock of the computer that tells it, or look at the time zone of the moment."),
    ),
    Word.INVALID_ID: (
        _("The id has a character that cannot be kept."),
        _("Write ids without the character NUL. A UUIDv7 is best."),
    ),
    Word.MALFORMED: (
        _("The event cannot be read; “where” and “message” say why. The others of its batch were done."),
        _("Mend the event as they say, and send it again by itself."),
    ),
    Word.NO_CAMPAIGN: (
        _("The contract has no campaign with this id."),
        _("Compare the id with the one that you held, and the contract."),
    ),
    Word.NO_CONTRACT: (
        _("There is no such contract, or it is not for this key to see."),
        _("Compare the id with those of GET /v1/contracts for the same key."),
    ),
    Word.NO_CYCLE: (
        _("No cycle of the contract covers this moment."),
        _("Look at the moment, and whether the contract has begun or has ended."),
    ),
    Word.NO_LINE: (
        _("The campaign has no line of this channel, kind and country."),
        _("Compare them with the lines of the campaign; hold other sends by themselves."),
    ),
    Word.NO_PRICE: (
        _("The package has no price for this channel, kind and country, so it cannot be sent with it."),
        _("Compare them with GET /v1/catalog. If you need it, ask us for a price."),
    ),
    Word.CONTRACT_RESTRICTED: (
        _("The contract is restricted: nothing goes out until it is settled."),
        _("Pay what is overdue, or ask the seller why it is restricted."),
    ),
    Word.NO_RECIPIENT: (
        _("The send had left, and nobody knows to which country: it is kept as uncovered."),
        _("Name the recipient with the code of the country, or say the country."),
    ),
    Word.NO_SEND: (
        _("There is no send with this id in the contract."),
        _("Hold it first, and settle it with the same id and contract."),
    ),
    Word.OWN_CAP_REACHED: (
        _("It would pass the cap that you set yourselves."),
        _("Raise the cap in “Limits of your own”, or wait for the next cycle."),
    ),
    Word.SENDING_BLOCKED: (
        _("Sending is blocked: the limit of the contract is reached. What costs nothing still goes out."),
        _("Pay the overage so far, or raise the package. Either opens sending at once."),
    ),
    Word.TOO_LATE: (
        _("The cycle of the event was closed too long ago."),
        _("Tell events as they happen. GET /v1/late-events lists those that came too late."),
    ),
    Word.UNKNOWN_CHANNEL: (
        _("There is no such channel."),
        _("Write the channel as GET /v1/catalog does, in small letters."),
    ),
    Word.UNKNOWN_KIND: (
        _("There is no such kind of contact event."),
        _("Write one of the kinds that the documentation of the API lists."),
    ),
    Word.USE_NOT_ALLOWED: (
        _("The channel is not allowed for this use."),
        _("Choose another channel, or say what the send is really for."),
    ),
}
