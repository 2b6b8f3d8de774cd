-- The catalogue. `quality` holds thresholds and weights of the quality checks.
CREATE TABLE product (
    kind TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL,
    quality TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE customer (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
) STRICT;

-- Published or imported articles: what a backlink is placed into.
CREATE TABLE article (
    id BLOB PRIMARY KEY,
    order_id BLOB,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- One per session at the gateway, ours or a storefront's. `state` moves forward only.
CREATE TABLE checkout_session (
    id BLOB PRIMARY KEY,
    gateway TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    external_id TEXT NOT NULL,
    state TEXT NOT NULL,
    metadata TEXT NOT NULL,
    email TEXT,
    amount_minor INTEGER,
    currency TEXT,
    livemode INTEGER,
    order_id BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    -- The external id first: a customer's page asks for it alone.
    UNIQUE (external_id, gateway, account)
) STRICT;

-- The inbox: every authentic event of a gateway, once.
CREATE TABLE payment_event (
    id BLOB PRIMARY KEY,
    gateway TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    dedupe_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    object_ref TEXT,
    payment_ref TEXT,
    api_version TEXT,
    livemode INTEGER,
    gateway_created_at TEXT,
    received_at TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    processed_at TEXT,
    UNIQUE (gateway, account, dedupe_key)
) STRICT;
CREATE INDEX payment_event_waiting ON payment_event (gateway, account, payment_ref) WHERE state = 'pending';

CREATE TABLE payment (
    id BLOB PRIMARY KEY,
    checkout_session_id BLOB NOT NULL REFERENCES checkout_session,
    order_id BLOB,
    gateway TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '',
    payment_ref TEXT NOT NULL,
    amount_minor INTEGER,
    currency TEXT,
    state TEXT NOT NULL,
    review_reason TEXT,
    review_detail TEXT,
    paid_at TEXT NOT NULL,
    UNIQUE (gateway, account, payment_ref)
) STRICT;
CREATE UNIQUE INDEX payment_one_per_checkout ON payment (checkout_session_id) WHERE state <> 'duplicate';
CREATE INDEX payment_in_review ON payment (id) WHERE state = 'needs_review';

-- `status` has one writer: `change/order.rs`.
CREATE TABLE orders (
    id BLOB PRIMARY KEY,
    payment_id BLOB NOT NULL UNIQUE REFERENCES payment,
    customer_id BLOB NOT NULL REFERENCES customer,
    email TEXT NOT NULL,
    product TEXT NOT NULL,
    brief TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    run INTEGER NOT NULL,
    current_version INTEGER,
    publishing INTEGER NOT NULL,
    frozen INTEGER NOT NULL,
    refund_open INTEGER NOT NULL,
    asked_by TEXT NOT NULL,
    failure TEXT,
    reason TEXT,
    notice TEXT,
    step INTEGER NOT NULL,
    events INTEGER NOT NULL,
    link_epoch INTEGER NOT NULL DEFAULT 0,
    change_seq INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_status ON orders (status, id);

CREATE TABLE order_event (
    order_id BLOB NOT NULL REFERENCES orders,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    run INTEGER NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (order_id, sequence)
) STRICT;

-- Immutable. Number 0 of a backlink order is the article as it was before.
CREATE TABLE content_version (
    id BLOB PRIMARY KEY,
    order_id BLOB NOT NULL REFERENCES orders,
    number INTEGER NOT NULL,
    run INTEGER NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    html TEXT NOT NULL,
    report TEXT,
    provenance TEXT NOT NULL,
    insertion TEXT,
    sketch BLOB,
    made_by TEXT NOT NULL,
    notes TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (order_id, number)
) STRICT;

-- The truth about all work. `queue` follows from `kind`.
CREATE TABLE job (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    order_id BLOB REFERENCES orders,
    run INTEGER,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    lost_leases INTEGER NOT NULL DEFAULT 0,
    run_at TEXT,
    lease_token BLOB,
    worker_id BLOB,
    dispatched_at TEXT,
    dedupe_key TEXT NOT NULL UNIQUE,
    error TEXT,
    change_seq INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
) STRICT;
CREATE INDEX job_waiting ON job (queue, priority DESC, id) WHERE state = 'waiting';
CREATE INDEX job_delayed ON job (run_at) WHERE state = 'delayed';
CREATE INDEX job_active ON job (worker_id) WHERE state = 'active';
CREATE INDEX job_of_order ON job (order_id);
CREATE INDEX job_ended ON job (kind, state, finished_at) WHERE state IN ('completed', 'failed', 'cancelled');

-- Runs that failed; the one that completed is in the job's own row.
CREATE TABLE job_attempt (
    id BLOB PRIMARY KEY,
    job_id BLOB NOT NULL REFERENCES job ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    worker_id BLOB NOT NULL,
    error TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL
) STRICT;
CREATE INDEX job_attempt_of_job ON job_attempt (job_id);

-- A kind that is not listed is not paused.
CREATE TABLE queue (
    kind TEXT PRIMARY KEY,
    paused INTEGER NOT NULL
) STRICT;

-- Alive while `beat` goes up.
CREATE TABLE worker_process (
    id BLOB PRIMARY KEY,
    beat INTEGER NOT NULL,
    host TEXT NOT NULL,
    queues TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT;

-- The log of mails. Rendered when queued, so that a late one still says what was true.
CREATE TABLE email (
    id BLOB PRIMARY KEY,
    order_id BLOB REFERENCES orders,
    kind TEXT NOT NULL,
    dedupe_key TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT
) STRICT;
CREATE INDEX email_of_order ON email (order_id);
