-- The tables of a revision, with the contract's columns and types, in its order.
-- Before: outcomes, lines, bills, plans, both kinds of exceptions; the macro money; the variables month, currency.

CREATE TEMP TABLE documents AS
SELECT document_id(number) AS document_id, 'invoice' AS document_type, 'r001' AS revision, account_id,
    getvariable('month') AS month, getvariable('month_end')::DATE AS issued_on, NULL::DATE AS due_on,
    getvariable('currency') AS currency, p.id AS plan, money(coalesce(subscription, 0)) AS subscription_amount,
    money(total - coalesce(subscription, 0)) AS overage_amount, money(total) AS total_amount,
    line_count, NULL::VARCHAR AS relates_to, NULL::VARCHAR AS reason
FROM bills JOIN outcomes o USING (account) JOIN plans p ON p.rank = o.billed_plan
ORDER BY account;

CREATE TEMP TABLE invoice_lines AS
SELECT document_id(number) AS document_id, line_number, account_id, line_type, p.id AS plan, f.id AS from_plan,
    charged_on, service_start, getvariable('month_end') AS service_end, quantity::DECIMAL(18, 6) AS quantity,
    NULL::VARCHAR AS "grant", NULL::VARCHAR AS adjustment_id, unit_price, proration, money(amount) AS amount,
    explanation
FROM (SELECT *, row_number() OVER (PARTITION BY account ORDER BY place) AS line_number FROM lines) l
JOIN bills USING (account) JOIN outcomes o USING (account)
JOIN plans p ON p.rank = l.plan LEFT JOIN plans f ON f.rank = l.from_plan
ORDER BY account, line_number;

CREATE TEMP TABLE overage_charges AS
SELECT account_id, getvariable('month') AS month, p.id AS plan, overage::DECIMAL(18, 6) AS overage_credits,
    unit_rate(o.rate) AS rate, money(overage_minor) AS amount, getvariable('currency') AS currency,
    getvariable('last_day') AS charged_on, document_id(number) AS document_id
FROM outcomes o JOIN bills USING (account) JOIN plans p ON p.rank = o.billed_plan
WHERE overage > 0
ORDER BY account;

CREATE TEMP TABLE expired_credits AS
SELECT account_id, getvariable('month') AS month, pool, plan, NULL::VARCHAR AS grant_id, NULL::VARCHAR AS "grant",
    granted::DECIMAL(18, 6) AS granted, drawn::DECIMAL(18, 6) AS drawn, (granted - drawn)::DECIMAL(18, 6) AS expired,
    expired_at, reason
FROM (
    SELECT account, account_id, 'trial' AS pool, NULL AS plan, trial_opening AS granted, trial_drawn AS drawn,
        trial_ends_at AS expired_at, 'trial-ended' AS reason
    FROM outcomes WHERE trial_ends_at <= getvariable('month_end')
    UNION ALL
    SELECT account, account_id, 'plan', p.id, earlier_granted, earlier_drawn, first_upgrade_at, 'first-upgrade'
    FROM outcomes JOIN plans p ON p.rank = 0 WHERE has_earlier
    UNION ALL
    SELECT account, account_id, 'plan', p.id, main_granted, main_drawn, getvariable('month_end'), 'month-ended'
    FROM outcomes o JOIN plans p ON p.rank = o.billed_plan
)
WHERE granted > drawn
ORDER BY account, expired_at, pool DESC;

-- Months with grants are refused, so none goes on.
CREATE TEMP TABLE grants AS
SELECT '' AS account_id, '' AS grant_id, '' AS "grant", no_credits() AS granted, no_credits() AS "left",
    getvariable('month_start') AS granted_at, getvariable('month_end') AS expires_at, money(0) AS price
LIMIT 0;

CREATE TEMP TABLE statements AS
SELECT account_id, getvariable('month') AS month, f.id AS opening_plan, p.id AS billed_plan, n.id AS next_plan,
    events::BIGINT AS events, usage_credits::DECIMAL(18, 6) AS usage_credits,
    trial_opening::DECIMAL(18, 6) AS trial_opening, trial_drawn::DECIMAL(18, 6) AS trial_drawn,
    (trial_opening - trial_drawn - trial_carried)::DECIMAL(18, 6) AS trial_expired,
    trial_carried::DECIMAL(18, 6) AS trial_carried,
    no_credits() AS grants_opening, no_credits() AS grants_drawn, no_credits() AS grants_expired,
    no_credits() AS grants_carried,
    (main_granted + earlier_granted)::DECIMAL(18, 6) AS plan_granted,
    (main_drawn + earlier_drawn)::DECIMAL(18, 6) AS plan_drawn,
    (main_granted + earlier_granted - main_drawn - earlier_drawn)::DECIMAL(18, 6) AS plan_expired,
    overage::DECIMAL(18, 6) AS overage_credits, (unbilled_off + unbilled_without)::DECIMAL(18, 6) AS unbilled_credits,
    money(coalesce(subscription, 0)) AS subscription_amount,
    money(0) AS grants_amount, money(0) AS adjustments_amount, money(overage_minor) AS overage_amount,
    money(coalesce(total, 0)) AS total_amount, getvariable('currency') AS currency
FROM outcomes o
JOIN plans p ON p.rank = o.billed_plan
JOIN plans n ON n.rank = o.next_plan
LEFT JOIN plans f ON f.rank = o.opening_plan
LEFT JOIN bills USING (account)
ORDER BY account;

CREATE TEMP TABLE state AS
SELECT account_id, n.id AS plan, closing_overage_on AS overage_on, signed_up_at, first_paid_at,
    if(trial_ends_at > getvariable('month_end'), trial_ends_at, NULL) AS trial_ends_at,
    trial_carried::DECIMAL(18, 6) AS trial_left, NULL::DECIMAL(18, 6) AS overage_limit
FROM outcomes o JOIN plans n ON n.rank = o.next_plan
ORDER BY account;

CREATE TEMP TABLE exceptions AS
WITH grouped AS (
    SELECT kind, account_id, count(*) AS rows, NULL::DECIMAL(18, 6) AS credits, min(instant) AS first_at,
        max(instant) AS last_at, arg_min(id, (instant, id)) AS sample_id, detail
    FROM change_exceptions GROUP BY kind, account_id, detail
    UNION ALL
    SELECT kind, account_id, count(*), sum(credits), min(instant), max(instant),
        id_text(arg_min(event_id, (instant, event_id))), detail
    FROM usage_exceptions GROUP BY kind, account_id, detail
    UNION ALL
    SELECT 'unbilled-usage', account_id, NULL, unbilled_off, NULL, NULL, NULL, 'overage-off'
    FROM outcomes WHERE unbilled_off > 0
    UNION ALL
    SELECT 'unbilled-usage', account_id, NULL, unbilled_without, NULL, NULL, NULL, 'plan-without-overage'
    FROM outcomes WHERE unbilled_without > 0
)
SELECT kind, account_id, getvariable('month') AS month, rows, credits::DECIMAL(18, 6) AS credits,
    first_at, last_at, sample_id, detail
FROM grouped ORDER BY account_id, kind, detail;
