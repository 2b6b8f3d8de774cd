-- Long texts are compressed with lz4: pglz, the default, costs more than the rest of the insert.
-- The catalogue. `quality` holds thresholds and weights of the quality checks.
CREATE TABLE product (
    kind TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL,
    quality JSONB NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE customer (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);

-- Published or imported articles: what a backlink is placed into.
CREATE TABLE article (
    id UUID PRIMARY KEY,
    order_id UUID,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    source TEXT COMPRESSION lz4 NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- One per session at the gateway, ours or a storefront's. `state` moves forward only.
CREATE TABLE checkout_session (
    id UUID PRIMARY KEY,
    gateway TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    external_id TEXT NOT NULL,
    state TEXT NOT NULL,
    metadata JSONB NOT NULL,
    email TEXT,
    amount_minor BIGINT,
    currency TEXT,
    livemode BOOLEAN,
    order_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    -- The external id first: a customer's page asks for it alone.
    UNIQUE (external_id, gateway, account)
);

-- The inbox: every authentic event of a gateway, once.
CREATE TABLE payment_event (
    id UUID PRIMARY KEY,
    gateway TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    dedupe_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    object_ref TEXT,
    payment_ref TEXT,
    api_version TEXT,
    livemode BOOLEAN,
    gateway_created_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ NOT NULL,
    payload TEXT COMPRESSION lz4 NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    processed_at TIMESTAMPTZ,
    UNIQUE (gateway, account, dedupe_key)
);
CREATE INDEX payment_event_waiting ON payment_event (gateway, account, payment_ref) WHERE state = 'pending';

CREATE TABLE payment (
    id UUID PRIMARY KEY,
    checkout_session_id UUID NOT NULL REFERENCES checkout_session,
    order_id UUID,
    gateway TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    payment_ref TEXT NOT NULL,
    amount_minor BIGINT,
    currency TEXT,
    state TEXT NOT NULL,
    review_reason TEXT,
    review_detail TEXT,
    paid_at TIMESTAMPTZ NOT NULL,
    UNIQUE (gateway, account, payment_ref)
);
CREATE UNIQUE INDEX payment_one_per_checkout ON payment (checkout_session_id) WHERE state <> 'duplicate';
CREATE INDEX payment_in_review ON payment (id) WHERE state = 'needs_review';

-- `status` has one writer: `change/order.rs`.
CREATE TABLE orders (
    id UUID PRIMARY KEY,
    payment_id UUID NOT NULL UNIQUE REFERENCES payment,
    customer_id UUID NOT NULL REFERENCES customer,
    email TEXT NOT NULL,
    product TEXT NOT NULL,
    brief JSONB NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    run INTEGER NOT NULL,
    current_version INTEGER,
    publishing BOOLEAN NOT NULL,
    frozen BOOLEAN NOT NULL,
    refund_open BOOLEAN NOT NULL,
    asked_by TEXT NOT NULL,
    failure TEXT,
    reason TEXT,
    notice JSONB,
    step INTEGER NOT NULL,
    events INTEGER NOT NULL,
    link_epoch INTEGER NOT NULL DEFAULT 0,
    change_seq BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX orders_by_status ON orders (status, id);

CREATE TABLE order_event (
    order_id UUID NOT NULL REFERENCES orders,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    run INTEGER NOT NULL,
    actor TEXT NOT NULL,
    detail JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (order_id, sequence)
);

-- Immutable. Number 0 of a backlink order is the article as it was before.
CREATE TABLE content_version (
    id UUID PRIMARY KEY,
    order_id UUID NOT NULL REFERENCES orders,
    number INTEGER NOT NULL,
    run INTEGER NOT NULL,
    title TEXT NOT NULL,
    source TEXT COMPRESSION lz4 NOT NULL,
    html TEXT COMPRESSION lz4 NOT NULL,
    report JSONB COMPRESSION lz4,
    provenance JSONB NOT NULL,
    insertion JSONB COMPRESSION lz4,
    sketch BYTEA,
    made_by TEXT NOT NULL,
    notes TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (order_id, number)
);

-- The truth about all work. `queue` follows from `kind`.
CREATE TABLE job (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    order_id UUID REFERENCES orders,
    run INTEGER,
    payload JSONB NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    lost_leases INTEGER NOT NULL DEFAULT 0,
    run_at TIMESTAMPTZ,
    lease_token UUID,
    worker_id UUID,
    dispatched_at TIMESTAMPTZ,
    dedupe_key TEXT NOT NULL UNIQUE,
    error TEXT,
    change_seq BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ
);
CREATE INDEX job_waiting ON job (queue, priority DESC, id) WHERE state = 'waiting';
CREATE INDEX job_delayed ON job (run_at) WHERE state = 'delayed';
CREATE INDEX job_active ON job (worker_id) WHERE state = 'active';
CREATE INDEX job_of_order ON job (order_id);
CREATE INDEX job_ended ON job (kind, state, finished_at) WHERE state IN ('completed', 'failed', 'cancelled');

-- Runs that failed; the one that completed is in the job's own row.
CREATE TABLE job_attempt (
    id UUID PRIMARY KEY,
    job_id UUID NOT NULL REFERENCES job ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    worker_id UUID NOT NULL,
    error TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX job_attempt_of_job ON job_attempt (job_id);

-- A kind that is not listed is not paused.
CREATE TABLE queue (
    kind TEXT PRIMARY KEY,
    paused BOOLEAN NOT NULL
);

-- Alive while `beat` goes up.
CREATE TABLE worker_process (
    id UUID PRIMARY KEY,
    beat BIGINT NOT NULL,
    host TEXT NOT NULL,
    queues TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL
);

-- The log of mails. Rendered when queued, so that a late one still says what was true.
CREATE TABLE email (
    id UUID PRIMARY KEY,
    order_id UUID REFERENCES orders,
    kind TEXT NOT NULL,
    dedupe_key TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT COMPRESSION lz4 NOT NULL,
    html_body TEXT COMPRESSION lz4 NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ
);
CREATE INDEX email_of_order ON email (order_id);
