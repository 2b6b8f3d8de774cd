-- Our own checkouts: opened here before the gateway hears of them, so its id may still be missing.
-- SQLite cannot take a NOT NULL away, so the table is made anew.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE checkout_session_before AS SELECT * FROM checkout_session;
DROP TABLE checkout_session;
CREATE TABLE checkout_session (
    id BLOB PRIMARY KEY,
    gateway TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    external_id TEXT,
    state TEXT NOT NULL,
    metadata TEXT NOT NULL,
    email TEXT,
    amount_minor INTEGER,
    currency TEXT,
    livemode INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    product TEXT,
    brief TEXT,
    title TEXT,
    expected_minor INTEGER,
    expected_currency TEXT,
    attempt INTEGER NOT NULL DEFAULT 1,
    url TEXT,
    -- When we heard that the gateway had made the page.
    opened_at TEXT,
    expires_at TEXT,
    -- When the reconciler asks next; somebody is waiting until `hot_until`.
    next_poll_at TEXT,
    hot_until TEXT,
    -- The external id first: a customer's page asks for it alone.
    UNIQUE (external_id, gateway, account)
) STRICT;
INSERT INTO checkout_session (id, gateway, account, external_id, state, metadata, email, amount_minor, currency,
    livemode, created_at, updated_at)
SELECT id, gateway, account, external_id, state, metadata, email, amount_minor, currency,
    livemode, created_at, updated_at FROM checkout_session_before;
DROP TABLE checkout_session_before;
CREATE INDEX checkout_session_due ON checkout_session (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- What a gateway says went back in all; it may know of refunds that we don't.
ALTER TABLE payment ADD COLUMN reported_minor INTEGER NOT NULL DEFAULT 0;
CREATE INDEX payment_of_checkout ON payment (checkout_session_id);
-- Lists of one state, newest first.
DROP INDEX payment_in_review;
CREATE INDEX payment_of_state ON payment (state, id);

-- The fact in an event that waits for its payment; a payment that comes in looks for it.
DROP INDEX payment_event_waiting;
CREATE INDEX payment_event_waiting ON payment_event (payment_ref) WHERE state = 'pending';
ALTER TABLE payment_event ADD COLUMN fact TEXT;

-- `attempt` numbers the idempotency keys: a new one only when the last is known to be spent.
CREATE TABLE refund (
    id BLOB PRIMARY KEY,
    payment_id BLOB NOT NULL REFERENCES payment,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    reason TEXT NOT NULL,
    origin TEXT NOT NULL,
    actor TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1,
    external_id TEXT,
    detail TEXT,
    next_poll_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (payment_id, external_id)
) STRICT;
CREATE INDEX refund_due ON refund (next_poll_at) WHERE next_poll_at IS NOT NULL;

CREATE TABLE dispute (
    id BLOB PRIMARY KEY,
    payment_id BLOB NOT NULL REFERENCES payment,
    external_id TEXT NOT NULL,
    amount_minor INTEGER,
    reason TEXT,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (payment_id, external_id)
) STRICT;

-- What a client's key made, in the transaction that made it. `body_hash` is the SHA-256 of the request.
CREATE TABLE idempotency_key (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT;
CREATE INDEX idempotency_key_old ON idempotency_key (created_at);

-- Only the SHA-256 of a token is kept.
CREATE TABLE api_token (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT;

-- What staff did that is no line of an order's history.
CREATE TABLE audit_event (
    id BLOB PRIMARY KEY,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    detail TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX audit_event_of_subject ON audit_event (subject_id, id);

-- Work that one process at a time does now and then.
CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    due_at TEXT NOT NULL
) STRICT;
