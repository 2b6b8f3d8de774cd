-- Who works here. Passwords are kept as argon2id (PHC string), sessions as the SHA-256 of their token.
CREATE TABLE staff (
    id BLOB PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    disabled_at TEXT
) STRICT;

CREATE TABLE staff_session (
    token_hash BLOB PRIMARY KEY,
    staff_id BLOB NOT NULL REFERENCES staff,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX staff_session_of_staff ON staff_session (staff_id, expires_at);

-- The trail, read newest first: all of it, or what one did, or one kind of it.
CREATE INDEX audit_event_of_actor ON audit_event (actor, id);
CREATE INDEX audit_event_of_action ON audit_event (action, id);

-- What the shop decided; a name that is missing has its default.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- What a product cost before, and until when: a storefront's session keeps the price it was made at.
CREATE TABLE former_price (
    kind TEXT NOT NULL REFERENCES product,
    until TEXT NOT NULL,
    price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL,
    PRIMARY KEY (kind, until)
) STRICT;

-- When the wait for a customer who has not acted comes to its next stage, and how many are over.
ALTER TABLE orders ADD COLUMN nudge_at TEXT;
ALTER TABLE orders ADD COLUMN nudges INTEGER NOT NULL DEFAULT 0;
UPDATE orders SET nudge_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', updated_at, '+3 days') WHERE status = 'QUALITY_CHECK';
CREATE INDEX orders_to_nudge ON orders (nudge_at) WHERE nudge_at IS NOT NULL;
CREATE INDEX orders_of_customer ON orders (customer_id, id);

-- Public while `published_at` is set. `revision` goes up with every change, and is 0 until
-- there is one. `links` were sold into it: `[{orderId, targetUrl, anchorText, rel}]`. `held_by` is the
-- job that is publishing into it. `remote_…` is its copy on another site, and the hash of what that
-- looked like when we had written it. `remote_seen_…` is what a publication found in its place, which
-- failed by that (no hash: it was gone): the order that was told so, and only that, may replace it.
ALTER TABLE article ADD COLUMN html TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE article ADD COLUMN links TEXT NOT NULL DEFAULT '[]';
ALTER TABLE article ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE article ADD COLUMN published_at TEXT;
ALTER TABLE article ADD COLUMN held_by BLOB;
ALTER TABLE article ADD COLUMN remote_id TEXT;
ALTER TABLE article ADD COLUMN remote_url TEXT;
ALTER TABLE article ADD COLUMN remote_hash TEXT;
ALTER TABLE article ADD COLUMN remote_seen_by BLOB;
ALTER TABLE article ADD COLUMN remote_seen_hash TEXT;
UPDATE article SET published_at = created_at;
CREATE INDEX article_public ON article (id) WHERE published_at IS NOT NULL;
CREATE UNIQUE INDEX article_of_order ON article (order_id) WHERE order_id IS NOT NULL;

-- The process's own clock, for people to read: nothing is decided by it.
ALTER TABLE worker_process ADD COLUMN beaten_at TEXT;

-- The few whose order is on hold.
CREATE INDEX job_held ON job (id) WHERE state = 'held';
-- What has failed for good, newest first.
CREATE INDEX job_failed ON job (finished_at) WHERE state = 'failed';

-- What staff search by: the beginning of an address, what a link leads to, a gateway's name of a payment.
CREATE INDEX customer_by_email ON customer (email);
CREATE INDEX orders_by_target ON orders ((brief ->> 'targetUrl')) WHERE brief ->> 'targetUrl' IS NOT NULL;
CREATE INDEX orders_by_article ON orders ((brief ->> 'articleId')) WHERE brief ->> 'articleId' IS NOT NULL;
CREATE INDEX payment_by_ref ON payment (payment_ref);
CREATE INDEX article_by_remote_url ON article (remote_url) WHERE remote_url IS NOT NULL;

-- What gateways said of one payment, or of one of their sessions.
CREATE INDEX payment_event_of_payment ON payment_event (payment_ref) WHERE payment_ref IS NOT NULL;
CREATE INDEX payment_event_of_object ON payment_event (object_ref) WHERE object_ref IS NOT NULL;

-- Mails that nobody took.
CREATE INDEX email_failed ON email (id) WHERE state = 'failed';

-- Checkouts whose money may still come.
CREATE INDEX checkout_session_open ON checkout_session (id) WHERE state IN ('creating', 'open', 'processing');
