"""What makes a movement the same in two statements: of two that name an account alike, or where one of them leaves its branch out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256

from abono.kernel.ofx import Entry, plain_account, without_branch


def key(entry: Entry) -> str:
    """Of what it has in common with itself, wherever it is told (`Entry.known_by`)."""
    return sha256("\n".join(entry.known_by).encode()).hexdigest()


def other_key(entry: Entry, told: Collection[str]) -> str | None:
    """By which an earlier statement may have told it that names its account with the branch where this one does not, or without it;
    None where none did, or where accounts of several branches have this number.

    told   accounts that earlier ones named
    """
    own, known = plain_account(entry.account), {plain_account(one) for one in told}
    short = without_branch(own)
    others = {one for one in known if without_branch(one) == short} - {own}
    told_so = len(others) == 1 and short in (own, *others)
    return key(replace(entry, account=others.pop())) if told_so else None
