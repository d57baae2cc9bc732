"""What each business fact posts: one pure function a fact, the only place that knows accounts (PAY-13).

Amounts are positive where the fact goes the way of its name. Debit is positive, and each entry sums to zero:

    an invoice of 649.00 plan and 100.00 package   receivable 749.00, revenue plan -649.00, revenue package -100.00
    its payment by a gateway                       clearing 749.00, receivable -749.00
    a credit note of 100.00 of the plan            revenue plan 100.00, receivable -100.00
    ... it was paid, so credit is granted          receivable 100.00, credit -100.00
    ... which pays 60.00 of the next invoice       credit 60.00, receivable -60.00
    ... of which 40.00 are to go back to who paid  credit 40.00, refunds -40.00
    ... and went back                              refunds 40.00, clearing -40.00
    a transfer of 500.00 is recorded               clearing 500.00, receivable -500.00
    the other 249.00 are written off               losses 249.00, receivable -249.00
    the gateway pays out 149.00, and kept 2.00     bank 147.00, fees 2.00, clearing -149.00
    a refund of 40.00 is paid by transfer instead  refunds 40.00, clearing -40.00
    ... and left the bank, which kept 1.00         clearing 40.00, fees 1.00, bank -41.00
    the bank takes back a transfer of 500.00       receivable 500.00, clearing -500.00
    ... which is gone from the account             clearing 500.00, bank -500.00
    a gateway took 10.00 that nobody asked for     clearing 10.00, unmatched -10.00
    the 749.00 are contested at the bank           disputed 749.00, clearing -749.00
    ... and went back, and are owed again          receivable 749.00, disputed -749.00
    a slip of 700.00 is paid late, with 16.33      clearing 716.33, receivable -700.00, revenue late_charges -16.33
    one of 700.00 is paid less 43.05 of taxes      clearing 656.95, withheld IRRF 10.50, withheld CSRF 32.55, receivable -700.00
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from abono.domain.journal.types import Account, Posting
from abono.kernel.money import Money


def invoice_issued(lines: Iterable[tuple[str, Money]]) -> tuple[Posting, ...]:
    """lines   kind and amount of each"""
    found = list(lines)
    return _postings(
        *((Account.RECEIVABLE, "", amount) for _kind, amount in found),
        *((Account.REVENUE, kind, -amount) for kind, amount in found),
    )


def credit_note_issued(lines: Iterable[tuple[str, Money]]) -> tuple[Posting, ...]:
    """It takes all of it off what is owed, also of a paid invoice: what was paid is moved on by the credit it grants.

    lines   kind of the invoice's line, and how much is taken back of it
    """
    return reversal(invoice_issued(lines))


def credit_moved(amount: Money) -> tuple[Posting, ...]:
    """amount   as in the ledger of credit: positive where it is granted or comes back, negative where it pays"""
    return _postings((Account.RECEIVABLE, "", amount), (Account.CREDIT, "", -amount))


def credit_refunded(gateway: str, amount: Money) -> tuple[Posting, ...]:
    """What is left of credit is owed by us: it goes back to what a gateway took."""
    return _postings((Account.CREDIT, "", amount), (Account.REFUNDS, gateway, -amount))


def refund_done(gateway: str, amount: Money) -> tuple[Posting, ...]:
    return _postings((Account.REFUNDS, gateway, amount), (Account.CLEARING, gateway, -amount))


def payment_received(
    gateway: str, amount: Money, late: Money | None = None, withheld: Iterable[tuple[str, Money]] = ()
) -> tuple[Posting, ...]:
    """gateway    which took it, or the way on which it came to the seller without one
    late       of it, fine and interest: no invoice asks for them, so that they are revenue when they come (PAY-5)
    withheld   beside it, by tax: what the buyer pays to the tax office in our name (PAY-6)
    """
    added = late or Money(0, amount.currency)
    kept = [(Account.WITHHELD, tax, minor) for tax, minor in withheld]
    return _postings(
        (Account.CLEARING, gateway, amount),
        *kept,
        (Account.RECEIVABLE, "", added - amount),
        *((Account.RECEIVABLE, "", -one) for _account, _tax, one in kept),
        (Account.REVENUE, "late_charges", -added),
    )


def refund_paid_out(gateway: str, way: str, amount: Money) -> tuple[Posting, ...]:
    """What could not go back to what a gateway took was paid otherwise. `way` as in `payment_received`."""
    return _postings((Account.REFUNDS, gateway, amount), (Account.CLEARING, way, -amount))


def written_off(amount: Money) -> tuple[Posting, ...]:
    """Nobody is asked for it any more; its reversal where it is asked for again, or comes after all."""
    return _postings((Account.LOSSES, "", amount), (Account.RECEIVABLE, "", -amount))


def dispute_lost(gateway: str, amount: Money) -> tuple[Posting, ...]:
    """What was disputed went back to the holder: it is owed again."""
    return _postings((Account.RECEIVABLE, "", amount), (Account.DISPUTED, gateway, -amount))


def paid_out(gateway: str, arrived: Money, fees: Money) -> tuple[Posting, ...]:
    """What a gateway had for us is in an account of ours, less what it kept."""
    return _postings(
        (Account.BANK, "", arrived),
        (Account.FEES, gateway, fees),
        (Account.CLEARING, gateway, -(arrived + fees)),
    )


def money_found(gateway: str, taken: Money, booked: Money | None = None) -> tuple[Posting, ...]:
    """booked   what of this charge is in the books already: a gateway that says another sum says it of the whole"""
    known = () if booked is None else (booked,)
    return _postings(
        *((Account.CLEARING, gateway, amount) for amount in (taken, *(-one for one in known))),
        *((Account.UNMATCHED, gateway, amount) for amount in (-taken, *known)),
    )


def money_disputed(gateway: str, amount: Money) -> tuple[Posting, ...]:
    return _postings((Account.DISPUTED, gateway, amount), (Account.CLEARING, gateway, -amount))


def charged_back(gateway: str, amount: Money) -> tuple[Posting, ...]:
    """What was disputed went back to the holder."""
    return _postings((Account.CHARGEBACKS, gateway, amount), (Account.DISPUTED, gateway, -amount))


def reversal(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    return tuple(Posting(one.account, one.detail, one.currency, -one.amount_minor) for one in postings)


def _postings(*moves: tuple[Account, str, Money]) -> tuple[Posting, ...]:
    """One posting for each account, detail and currency that the moves change."""
    sums: Counter[tuple[Account, str, str]] = Counter()
    for account, detail, amount in moves:
        sums[account, detail, amount.currency] += amount.minor
    return tuple(Posting(*key, minor) for key, minor in sums.items() if minor)
