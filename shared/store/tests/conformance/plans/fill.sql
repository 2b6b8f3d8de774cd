-- Fills every table as a shop has it after a while: most orders are done, a few are under way.
CREATE TABLE n AS SELECT i, gen_random_uuid() AS id, gen_random_uuid() AS payment, gen_random_uuid() AS session,
    gen_random_uuid() AS customer FROM generate_series(1, 6000) AS i;
INSERT INTO customer SELECT customer, i || '@filled.example', now() FROM n;
INSERT INTO article (id, slug, title, source, html, published_at, created_at, updated_at)
    SELECT gen_random_uuid(), 'slug-' || i, 'Tea', 'Tea', 'Tea', now(), now(), now() FROM n;
INSERT INTO checkout_session (id, gateway, external_id, state, metadata, created_at, updated_at)
    SELECT session, 'stripe', 'cs_filled_' || i, 'paid', '{}', now(), now() FROM n;
INSERT INTO payment_event (id, gateway, dedupe_key, kind, received_at, payload, state)
    SELECT gen_random_uuid(), 'stripe', 'evt_filled_' || i, 'filled', now(), '{}', 'done' FROM n;
INSERT INTO payment (id, checkout_session_id, order_id, gateway, payment_ref, state, paid_at)
    SELECT payment, session, id, 'stripe', 'pi_filled_' || i, 'paid', now() FROM n;
INSERT INTO refund (id, payment_id, amount_minor, reason, origin, actor, state, created_at, updated_at)
    SELECT gen_random_uuid(), payment, 100, '', 'staff', 'staff:ann', 'succeeded', now(), now() FROM n;
INSERT INTO dispute (id, payment_id, external_id, state, created_at, updated_at)
    SELECT gen_random_uuid(), payment, 'du_filled_' || i, 'won', now(), now() FROM n;
INSERT INTO idempotency_key SELECT 'filled', i::text, '\x00', id, now() FROM n;
INSERT INTO orders (id, payment_id, customer_id, email, product, brief, amount_minor, currency, status, run,
    current_version, publishing, frozen, refund_open, asked_by, step, events, created_at, updated_at)
    SELECT id, payment, customer, i || '@filled.example', 'article', ('{"product": "article", "topic": "Tea",
    "keywords": [], "language": "en", "wordCount": 1000, "targetUrl": "https://filled.example/' || i || '",
    "anchorText": "tea", "rel": "sponsored"}')::jsonb, 12900, 'USD', 'COMPLETED', 1, 1, false,
    false, false, 'customer', 5, 1, now(), now() FROM n;
INSERT INTO order_event (order_id, sequence, kind, to_status, run, actor, detail, created_at)
    SELECT id, 1, 'published', 'COMPLETED', 1, 'system', '{}', now() FROM n;
INSERT INTO content_version (id, order_id, number, run, title, source, html, provenance, sketch, made_by, created_at)
    SELECT gen_random_uuid(), id, 1, 1, 'Tea', repeat('Tea. ', 40), 'Tea', '{}', '\x00', 'system', now() FROM n;
INSERT INTO email (id, order_id, kind, dedupe_key, recipient, subject, text_body, html_body, state, created_at)
    SELECT gen_random_uuid(), id, 'order-received', 'filled:' || i, 'x', 'Tea', 'Tea', 'Tea', 'sent', now() FROM n;
INSERT INTO job (id, kind, queue, order_id, run, payload, state, priority, max_attempts, dedupe_key, created_at,
    due_at, started_at, finished_at)
    SELECT gen_random_uuid(), 'article-generation', 'content', id, 1, '{}', 'completed', 0, 3, 'filled:' || i, now(),
    now(), now(), now() - i * interval '10 seconds' FROM n;
INSERT INTO job_attempt SELECT gen_random_uuid(), id, 1, id, 'failed', now(), now() FROM job;
INSERT INTO staff SELECT id, 'filled-' || i, 'reviewer', 'x', now() FROM n;
INSERT INTO staff_session SELECT decode(md5(i::text), 'hex'), id, now(), now() + interval '12 hours' FROM n;
INSERT INTO api_token SELECT id, 'token-' || i, 'reviewer', decode(md5(i::text), 'hex'), now() FROM n;
INSERT INTO audit_event SELECT id, 'staff:filled-' || i % 100, 'action-' || i % 100, id, '{}', now() FROM n;
DROP TABLE n;
