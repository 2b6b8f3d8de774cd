-- Our own checkouts: opened here before the gateway hears of them, so its id may still be missing.
ALTER TABLE checkout_session ALTER COLUMN external_id DROP NOT NULL;
ALTER TABLE checkout_session DROP COLUMN order_id;
ALTER TABLE checkout_session ADD COLUMN product TEXT;
ALTER TABLE checkout_session ADD COLUMN brief JSONB;
ALTER TABLE checkout_session ADD COLUMN title TEXT;
ALTER TABLE checkout_session ADD COLUMN expected_minor BIGINT;
ALTER TABLE checkout_session ADD COLUMN expected_currency TEXT;
ALTER TABLE checkout_session ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE checkout_session ADD COLUMN url TEXT;
-- When we heard that the gateway had made the page.
ALTER TABLE checkout_session ADD COLUMN opened_at TIMESTAMPTZ;
ALTER TABLE checkout_session ADD COLUMN expires_at TIMESTAMPTZ;
-- When the reconciler asks next; somebody is waiting until `hot_until`.
ALTER TABLE checkout_session ADD COLUMN next_poll_at TIMESTAMPTZ;
ALTER TABLE checkout_session ADD COLUMN hot_until TIMESTAMPTZ;
CREATE INDEX checkout_session_due ON checkout_session (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- What a gateway says went back in all; it may know of refunds that we don't.
ALTER TABLE payment ADD COLUMN reported_minor BIGINT NOT NULL DEFAULT 0;
CREATE INDEX payment_of_checkout ON payment (checkout_session_id);
-- Lists of one state, newest first.
DROP INDEX payment_in_review;
CREATE INDEX payment_of_state ON payment (state, id);

-- The fact in an event that waits for its payment; a payment that comes in looks for it.
DROP INDEX payment_event_waiting;
CREATE INDEX payment_event_waiting ON payment_event (payment_ref) WHERE state = 'pending';
ALTER TABLE payment_event ADD COLUMN fact JSONB;

-- `attempt` numbers the idempotency keys: a new one only when the last is known to be spent.
CREATE TABLE refund (
    id UUID PRIMARY KEY,
    payment_id UUID NOT NULL REFERENCES payment,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    reason TEXT NOT NULL,
    origin TEXT NOT NULL,
    actor TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1,
    external_id TEXT,
    detail TEXT,
    next_poll_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (payment_id, external_id)
);
CREATE INDEX refund_due ON refund (next_poll_at) WHERE next_poll_at IS NOT NULL;

CREATE TABLE dispute (
    id UUID PRIMARY KEY,
    payment_id UUID NOT NULL REFERENCES payment,
    external_id TEXT NOT NULL,
    amount_minor BIGINT,
    reason TEXT,
    state TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (payment_id, external_id)
);

-- What a client's key made, in the transaction that made it. `body_hash` is the SHA-256 of the request.
CREATE TABLE idempotency_key (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash BYTEA NOT NULL,
    resource_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_key_old ON idempotency_key (created_at);

-- Only the SHA-256 of a token is kept.
CREATE TABLE api_token (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);

-- What staff did that is no line of an order's history.
CREATE TABLE audit_event (
    id UUID PRIMARY KEY,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_id UUID NOT NULL,
    detail JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX audit_event_of_subject ON audit_event (subject_id, id);

-- Work that one process at a time does now and then.
CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    due_at TIMESTAMPTZ NOT NULL
);
