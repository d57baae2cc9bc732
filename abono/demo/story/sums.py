"""What the story must come to, written out. Amounts are minor units (cents), package amounts millionths.

Plan Specialist (600.00 a month, activation 649.00, 10 licences, then 215.00 each, overage limit 100 %, 500 interactions,
then 3.00 each) with the package of 100.00 (SMS 0.10, WhatsApp started by the company 0.55), from the shipped catalog.
"""

from __future__ import annotations

PLAN, PACKAGE, CURRENCY = "specialist", "brl-100", "BRL"
LICENCES = 10  # that may be in at the same time
TWO = 2  # the administrator and the financial contact get each notice

# The first charge: 600.00 plan + 100.00 package + 649.00 activation.
FIRST_MINOR = 600_00 + 100_00 + 649_00

# One licence more, bought on the day of adhesion for all n days of its cycle: 1 × 215.00 × n/n = 215.00.
LICENCE_MINOR = 215_00

# 100 SMS are held; 10 of them never reach the carrier, and their value is free again: 90 × 0.10 = 9.00 used.
SMS, SMS_LOST, SMS_MICRO = 100, 10, 100_000
SMS_USED_MICRO = (SMS - SMS_LOST) * SMS_MICRO

# The limit is 200.00: 100.00 and 100 % again. 191.00 are left, which is 347 × 0.55 = 190.85; of 352 asked for,
# in 8 batches of 44, the last 5 are refused. 9.00 + 190.85 = 199.85 used.
LIMIT_MICRO = 200_000_000
WHATSAPP_MICRO = 550_000
BATCHES, BATCH = 8, 44
WHATSAPP_HELD = (LIMIT_MICRO - SMS_USED_MICRO) // WHATSAPP_MICRO
REFUSED = BATCHES * BATCH - WHATSAPP_HELD
USED_AT_BLOCK_MICRO = SMS_USED_MICRO + WHATSAPP_HELD * WHATSAPP_MICRO

# The interim invoice: 199.85 used - 100.00 package = 99.85. Once paid, the limit is 100.00 further.
PACKAGE_MICRO = 100_000_000
INTERIM_MINOR = (USED_AT_BLOCK_MICRO - PACKAGE_MICRO) // 10_000
LIMIT_AFTER_MICRO = LIMIT_MICRO + PACKAGE_MICRO

# The 5 are sent after all: 199.85 + 5 × 0.55 = 202.60. Overage of the cycle: 102.60.
HELD = SMS + WHATSAPP_HELD + REFUSED
USED_MICRO = USED_AT_BLOCK_MICRO + REFUSED * WHATSAPP_MICRO
OVERAGE_MINOR = (USED_MICRO - PACKAGE_MICRO) // 10_000

# 503 contacts write: 500 interactions are included, 3 × 3.00 = 9.00 are extra.
CONTACTS, EXTRA_MINOR = 503, 3 * 3_00

# The next cycle's invoice: 600.00 + 100.00 + 215.00 + 2.75 overage that is on no invoice yet + 9.00 = 926.75.
RENEWAL_MINOR = 600_00 + 100_00 + LICENCE_MINOR + (OVERAGE_MINOR - INTERIM_MINOR) + EXTRA_MINOR

# On the first of n days of that cycle Expert (1,800.00, licences 160.00) takes the place of Specialist: 1,200.00 × n/n for
# the plan and -55.00 × n/n for the licence.
BIGGER_PLAN, BIGGER_LICENCES = "expert", 30
CHANGE_MINOR = (1_800_00 - 600_00) + (160_00 - LICENCE_MINOR)

# Each invoice after it, in whose cycles nothing is sent: 1,800.00 + 100.00 + 160.00. One is paid by Pix, one by slip.
LATER_MINOR = 1_800_00 + 100_00 + 160_00

UNTIL_THE_RENEWAL = (FIRST_MINOR, LICENCE_MINOR, INTERIM_MINOR, RENEWAL_MINOR)
BY_CARD = (*UNTIL_THE_RENEWAL, CHANGE_MINOR)
INVOICES = (*BY_CARD, LATER_MINOR, LATER_MINOR)
CAPTURED_MINOR = sum((*BY_CARD, LATER_MINOR))  # at the simulator: by cards, and the Pix
NUMBER = r"TEST-[0-9A-Z]{6}-00000([1-7])"  # the organization is a sandbox: a series of its own (INV-4)

# Each notice goes to two people: contract active, first payment received; contract changed, payment of the licence
# received; 80 % and 100 % of the package, 90 % of the limit, blocked; interim payment received, sending released;
# package expired, invoice issued, payment received; contract changed, payment of the change received; then of the cycle
# that is paid by Pix package expired, invoice issued, its payment; of the one that is paid by slip a slip that can be paid,
# too.
NOTICES = (
    "contract_active",
    "payment_received",
    "contract_changed",
    "payment_received",
    "package_80",
    "package_100",
    "limit_90",
    "sending_blocked",
    "payment_received",
    "sending_released",
    "package_expired",
    "invoice_issued",
    "payment_received",
    "contract_changed",
    "payment_received",
    "package_expired",
    "invoice_issued",
    "payment_recorded",
    "package_expired",
    "invoice_issued",
    "slip_ready",
    "payment_recorded",
)
# Only who accepted a change gets the link that confirms it.
TO_ONE = ("change_to_confirm",)
MAILS = TWO * len(NOTICES) + len(TO_ONE)
