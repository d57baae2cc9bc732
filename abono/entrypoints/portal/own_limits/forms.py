"""What a customer's own limits are typed into (LIM-5), field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from abono.domain.catalog.types import ChannelInfo
from abono.domain.contracts.types import ContractInfo
from abono.domain.metering.own_limits import OwnLimits
from abono.entrypoints.site.design.amounts import Amount, typed

PREFIX = "channel-"  # of the names of the fields of budgets


class OwnLimitsForm(forms.Form):
    """A field for the cap, and one for each channel."""

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, str] | None,
        *,
        contract: ContractInfo,
        limits: OwnLimits,
        channels: Sequence[ChannelInfo],
        language: str,
    ) -> None:
        super().__init__(data)
        self.catalog = channels
        currency = contract.currency
        self.fields["cap"] = Amount(
            label=_("Cap on each cycle, in {currency}").format(currency=currency),
            currency=currency,
            language=language,
            hint=_("All channels together. Leave it empty for none."),
        )
        self.initial["cap"] = typed(limits.cap_micro, currency=currency, language=language)
        for channel in channels:
            name = PREFIX + channel.code
            self.fields[name] = Amount(label=channel.label, currency=currency, language=language)
            self.initial[name] = typed(limits.budgets.get(channel.code), currency=currency, language=language)

    @property
    def channels(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    @property
    def cap_micro(self) -> int | None:
        found: int | None = self.cleaned_data["cap"]
        return found

    @property
    def fingerprint(self) -> str:
        """What was typed, in short: it says which limits somebody saw before they pressed once more."""
        return f"{self.cap_micro}:{sorted(self.budgets.items())}"

    @property
    def budgets(self) -> dict[str, int]:
        named = {
            name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items() if name != "cap"
        }
        return {channel: value for channel, value in named.items() if value is not None}
