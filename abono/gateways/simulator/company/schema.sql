-- The simulator's own book. Moments are milliseconds since 1970, amounts are minor units.
-- No column can hold a card number or a CVV: a card is its last four digits and the name of what it does.

CREATE TABLE IF NOT EXISTS frame (
    ref TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    customer TEXT NOT NULL,
    language TEXT NOT NULL,
    parent_origin TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    card TEXT,  -- JSON of brand, last4, holder, exp_month, exp_year, behaviour; null until typed
    typing TEXT  -- new each time that a card is typed
) STRICT;

CREATE TABLE IF NOT EXISTS verification (
    key TEXT NOT NULL,
    typing TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (key, typing)
) STRICT;

CREATE TABLE IF NOT EXISTS card (
    token TEXT PRIMARY KEY,
    customer TEXT,  -- whoever it pays for first; nobody else afterwards
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL CHECK (length(last4) = 4),
    behaviour TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    forgotten_ms INTEGER
) STRICT;

-- What is printed on it, until it is forgotten. Beside `card`, whose rows may be older than this table.
CREATE TABLE IF NOT EXISTS printed (
    token TEXT PRIMARY KEY REFERENCES card (token),
    holder TEXT NOT NULL,
    exp_month INTEGER NOT NULL,
    exp_year INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS charge (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    customer TEXT NOT NULL,
    description TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    off_session INTEGER NOT NULL,
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('paid', 'processing', 'on_hold', 'challenge', 'declined')),
    code TEXT,
    return_url TEXT NOT NULL DEFAULT '',  -- where the holder goes after a challenge
    dispute_ms INTEGER,  -- when a paid charge will be disputed
    disputed_ms INTEGER,  -- since when it is
    created_ms INTEGER NOT NULL,
    settle_ms INTEGER,  -- when a charge that waits is settled, and as what
    settle_as TEXT CHECK (settle_as IN ('paid', 'declined'))
) STRICT;
CREATE INDEX IF NOT EXISTS charge_waiting ON charge (settle_ms) WHERE settle_ms IS NOT NULL;

CREATE TABLE IF NOT EXISTS refund (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    charge TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'refused')),
    code TEXT,
    created_ms INTEGER NOT NULL
) STRICT;

-- Every movement of money, one row each, in order. Nothing stops two captures for one charge here:
-- the book is the judge of that, so it must be able to show it.
CREATE TABLE IF NOT EXISTS book (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('capture', 'refund', 'chargeback')),
    key TEXT NOT NULL,  -- of the charge or of the refund
    charge TEXT NOT NULL,  -- reference of the charge
    customer TEXT NOT NULL,
    description TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS book_of_charge ON book (charge);

CREATE TABLE IF NOT EXISTS lever (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY,
    event TEXT NOT NULL REFERENCES event (id),
    due_ms INTEGER,  -- null once delivered or given up
    tries INTEGER NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT ''  -- status of the last try, or what went wrong
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_ms) WHERE due_ms IS NOT NULL;

-- What was asked for by Pix. Days are YYYY-MM-DD in Brasília, rates per cent.
CREATE TABLE IF NOT EXISTS pix (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    customer TEXT NOT NULL,  -- the payer's tax id
    payer TEXT NOT NULL,
    description TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL CHECK (currency = 'BRL'),
    issued TEXT NOT NULL,
    due_date TEXT,  -- null: to be paid at once, until until_ms
    last_day TEXT,
    until_ms INTEGER,
    fine TEXT NOT NULL,
    interest TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('payable', 'refused', 'withdrawn')),
    code TEXT,
    created_ms INTEGER NOT NULL
) STRICT;

-- What came: nothing stops two for one Pix. The book tells what went back or is held back of it.
CREATE TABLE IF NOT EXISTS pix_paid (
    reference TEXT PRIMARY KEY,
    pix TEXT NOT NULL REFERENCES pix (key),
    customer TEXT NOT NULL,
    description TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    late_minor INTEGER NOT NULL,
    paid_on TEXT NOT NULL,
    contested_ms INTEGER,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pix_paid_of ON pix_paid (pix);

CREATE TABLE IF NOT EXISTS pix_return (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    paid TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'refused')),
    code TEXT,
    created_ms INTEGER NOT NULL
) STRICT;

-- Pix Automático: what payers agree to once. The key is the name that they read.
CREATE TABLE IF NOT EXISTS mandate (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    customer TEXT NOT NULL,
    payer TEXT NOT NULL,
    most_minor INTEGER NOT NULL CHECK (most_minor > 0),
    status TEXT NOT NULL CHECK (status IN ('asked', 'agreed', 'refused', 'ended')),
    by_payer INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

-- What is charged under them; each stands in pix too, withdrawn, so that what came for it is like any other money.
CREATE TABLE IF NOT EXISTS debit (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    mandate TEXT NOT NULL,
    description TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL CHECK (currency = 'BRL'),
    day TEXT NOT NULL,
    tries TEXT NOT NULL,  -- days, as JSON
    status TEXT NOT NULL CHECK (status IN ('scheduled', 'paid', 'refused', 'ended')),
    created_ms INTEGER NOT NULL
) STRICT;
