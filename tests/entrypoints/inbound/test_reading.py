"""Numbers and addresses of people, however they are written."""

from __future__ import annotations

import pytest

from abono.entrypoints.inbound.reading import address, country_of


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("5511999998888", "BR"),
        ("+55 (11) 99999-0000", "BR"),
        ("0055 11 99999 0000", "BR"),
        ("whatsapp:+5511999990000", "BR"),
        ("553188880001", "BR"),
        ("BR.13491208655302741918", "BR"),
        ("+573001234567", "CO"),
        ("5215512345678", "MX"),
        ("+1 787 555 0100", "PR"),
        ("XX.13491208655302741918", ""),
        ("ana@example.com", ""),
        ("12", ""),
        ("", ""),
        ("٥٥١١", ""),
    ],
)
def test_the_country_is_that_of_the_number_or_of_the_id(number, country):
    assert country_of(number) == country


@pytest.mark.parametrize(
    ("channel", "ways"),
    [
        ("whatsapp", ["5531988880001", "553188880001", "+55 31 98888-0001", "whatsapp:+55 31 8888-0001"]),
        ("sms", ["+52 1 55 1234 5678", "525512345678"]),
        ("whatsapp", ["5491123456789", "+54 11 2345-6789"]),
        ("email", [" Ana@Example.COM", "ana@example.com"]),
        ("whatsapp", ["BR.13491208655302741918"]),
    ],
)
def test_one_person_has_one_address_however_it_is_written(channel, ways):
    assert len({address(way, channel) for way in ways}) == 1


def test_what_is_no_number_stays_as_it_is():
    assert address(" Conversation-17 ", "webchat") == "Conversation-17"
    assert address("+55 31 3333-0001", "sms") == "+553133330001"  # a land line has eight digits
    assert address("AbC", "whatsapp") == "AbC"
