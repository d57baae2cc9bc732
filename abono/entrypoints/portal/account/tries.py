"""Slow answers to guessers: of a password by address and by account, of a code by person (ACC-3).

| what is counted                                     | tries before the first pause |
| --------------------------------------------------- | ---------------------------- |
| one account from one address                        | 5                            |
| one account from all browsers that it does not know | 20                           |
| one address, any accounts                           | 50                           |
| codes and passwords of one person who is signed in  | 5                            |

The pauses double, from half a minute to a quarter of an hour. All accounts and addresses together have so many wrong
passwords a minute, evenly, however many guess from however many places; a right one does not count. A stranger who keeps an account waiting keeps only other
strangers waiting: a browser in which the account was signed in before is counted by itself, and the link of a mail
makes any browser one that is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from abono.entrypoints.site.remembered import A_YEAR, remember
from abono.platform import rate, throttle
from abono.platform.keyed import marks
from abono.platform.origin import address_of
from abono.platform.running.metrics import SIGN_INS

FREE_TRIES, FREE_TRIES_OF_ACCOUNT, FREE_TRIES_OF_ADDRESS = 5, 20, 50
WRONG_PER_MINUTE = 60  # of everybody together, in browsers that the account does not know
FREE_CODES = 5
FREE_LETTERS, FREE_LETTERS_OF_ADDRESS = 3, 20  # links that are asked for by mail
KNOWN = "abono_known"
_EVERYBODY = rate.asking_for("passwords")
_MOST_KNOWN = 8  # accounts that one browser remembers


def spend(request: HttpRequest, email: str, *, now: datetime) -> timedelta:
    """Count a try before the password is looked at; how long to wait when there were too many."""
    known = _is_known(request, email)
    bounds = [
        ("account from an address", _pair(request, email), FREE_TRIES),
        ("address", _address(request), FREE_TRIES_OF_ADDRESS),
    ]
    if not known:
        bounds.insert(1, ("account", _account(email), FREE_TRIES_OF_ACCOUNT))
    for of, name, free in bounds:
        if wait := throttle.spend(name, free=free, now=now):
            SIGN_INS.labels("slowed", of).inc()
            return wait
    if known or not (wait_s := rate.wait_s(_EVERYBODY, per_minute=WRONG_PER_MINUTE, now=now)):
        return timedelta()
    for _of, name, _free in bounds:
        throttle.give_back(name)  # it was others who were too many
    SIGN_INS.labels("slowed", "everybody").inc()
    return timedelta(seconds=wait_s)


def right(request: HttpRequest, email: str) -> None:
    """The password was right: what was tried before it counts no more, but where others may be."""
    SIGN_INS.labels("right", "").inc()
    throttle.clear(_pair(request, email))
    throttle.give_back(_address(request))
    if not _is_known(request, email):
        throttle.give_back(_account(email))
        rate.give_back(_EVERYBODY, per_minute=WRONG_PER_MINUTE)


def wrong() -> None:
    SIGN_INS.labels("wrong", "").inc()


def spend_code(person_id: UUID, *, now: datetime) -> timedelta:
    return throttle.spend(f"code:{person_id}", free=FREE_CODES, now=now)


def right_code(person_id: UUID) -> None:
    throttle.clear(f"code:{person_id}")


def spend_passkey(request: HttpRequest, *, now: datetime) -> timedelta:
    return throttle.spend(f"passkey:{address_of(request)}", free=FREE_TRIES_OF_ADDRESS, now=now)


def spend_letter(request: HttpRequest, email: str, *, now: datetime) -> tuple[timedelta, bool]:
    """Count a link that is asked for. How long this address must wait, and whether the mail may go."""
    wait = throttle.spend(f"letter:{address_of(request)}", free=FREE_LETTERS_OF_ADDRESS, now=now)
    return wait, not wait and not throttle.spend(f"letter:{email}", free=FREE_LETTERS, now=now)


def know(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """From now on this browser is one that the account knows."""
    own = _marks(email)
    known = [mark for mark in _known(request) if mark not in own]
    remember(response, KNOWN, signing.dumps([*known, own[0]][-_MOST_KNOWN:], salt=KNOWN))


def _known(request: HttpRequest) -> list[str]:
    try:
        found = signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN, max_age=A_YEAR)
    except signing.BadSignature:
        return []
    return [str(mark) for mark in found]


def _is_known(request: HttpRequest, email: str) -> bool:
    return not set(_marks(email)).isdisjoint(_known(request))


def _marks(email: str) -> list[str]:
    return [mark.hex()[:24] for mark in marks(KNOWN, email)]


def _pair(request: HttpRequest, email: str) -> str:
    return f"{_address(request)}:{email}"


def _account(email: str) -> str:
    return f"sign-in:account:{email}"


def _address(request: HttpRequest) -> str:
    return f"sign-in:{address_of(request)}"
