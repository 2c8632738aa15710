-- Each account's sums through the rules: pools, overage, fees.
-- Before: months, segments, sums, lived, plans; the macros rounded, prorated, fraction, micros, unit_price, unit_rate.

-- What each account may draw on.
CREATE TEMP TABLE pools AS
SELECT m.*,
    CASE
        WHEN trial_ends_at IS NULL THEN 0
        WHEN m.signed_up_at >= getvariable('month_start') THEN getvariable('trial_credits')
        ELSE greatest(getvariable('trial_credits') - coalesce(d.credits, 0), 0)
    END::DECIMAL(38, 6) AS trial_opening,
    p.credits::DECIMAL(38, 6) AS main_granted,
    -- C4: the lowest plan's pool up to a first upgrade, unless that comes at once.
    if(first_upgrade_at > starts_at, f.credits, 0)::DECIMAL(38, 6) AS earlier_granted,
    coalesce(first_upgrade_at > starts_at, false) AS has_earlier,
    p.rate
FROM months m
JOIN plans p ON p.rank = m.billed_plan
JOIN plans f ON f.rank = 0
LEFT JOIN sums d ON d.segment = -m.account;

-- Within a segment its sum draws what its events would draw one by one; from segment to segment in time order (C1).
-- What is drawn of a pool by then is the lesser of its size and of what was wanted by then.
CREATE TEMP TABLE draws AS
WITH used AS (
    SELECT s.account, s.instant, s.overage_on, s.offered, s.in_trial, s.before_upgrade, p.rate,
        p.trial_opening, if(s.before_upgrade, p.earlier_granted, p.main_granted) AS granted,
        coalesce(u.events, 0) AS events, coalesce(u.credits, 0)::DECIMAL(38, 6) AS credits
    FROM segments s JOIN pools p USING (account) LEFT JOIN sums u USING (segment)
),
trial AS (
    SELECT *,
        if(in_trial, least(credits, greatest(trial_opening
            - coalesce(sum(if(in_trial, credits, 0)) OVER earlier, 0), 0)), 0)::DECIMAL(38, 6) AS trial_drawn
    FROM used
    WINDOW earlier AS (PARTITION BY account ORDER BY instant ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
pool AS (
    SELECT *,
        least(credits - trial_drawn, greatest(granted
            - coalesce(sum(credits - trial_drawn) OVER earlier, 0), 0))::DECIMAL(38, 6) AS plan_drawn
    FROM trial
    WINDOW earlier AS (
        PARTITION BY account, before_upgrade ORDER BY instant
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)
SELECT *, (credits - trial_drawn - plan_drawn)::DECIMAL(38, 6) AS over_cap,
    CASE
        WHEN overage_on AND rate IS NOT NULL THEN 'overage'
        WHEN rate IS NULL OR NOT offered THEN 'plan-without-overage'
        ELSE 'overage-off'
    END AS fate
FROM pool;

CREATE TEMP TABLE outcomes AS
SELECT p.*, d.* EXCLUDE (account),
    if(trial_ends_at > getvariable('month_end'), trial_opening - trial_drawn, 0)::DECIMAL(38, 6) AS trial_carried,
    coalesce(rounded(micros(overage) * rate * getvariable('minor_units'), 1_000_000_000_000), 0) AS overage_minor
FROM pools p JOIN (
    SELECT account,
        sum(events) AS events, sum(credits) AS usage_credits, sum(trial_drawn) AS trial_drawn,
        coalesce(sum(plan_drawn) FILTER (before_upgrade), 0) AS earlier_drawn,
        coalesce(sum(plan_drawn) FILTER (NOT before_upgrade), 0) AS main_drawn,
        coalesce(sum(over_cap) FILTER (fate = 'overage'), 0) AS overage,
        coalesce(sum(over_cap) FILTER (fate = 'overage-off'), 0) AS unbilled_off,
        coalesce(sum(over_cap) FILTER (fate = 'plan-without-overage'), 0) AS unbilled_without
    FROM draws GROUP BY account
) d USING (account);

-- The month's lines (F1 to F4, O4), amounts in minor units.
CREATE TEMP TABLE lines AS
WITH upgrades AS (
    SELECT l.account, l.instant, l.change_id, l.in_force, l.asked, o.price AS old_price, n.price AS new_price,
        m.first_upgrade_at, row_number() OVER (PARTITION BY l.account ORDER BY l.instant, l.change_id) AS place
    FROM lived l JOIN months m USING (account)
    JOIN plans o ON o.rank = l.in_force JOIN plans n ON n.rank = l.asked
    WHERE l.is_upgrade AND l.instant >= getvariable('month_start')
)
SELECT m.account, 0 AS place, 'subscription' AS line_type, m.opening_plan AS plan, NULL::INTEGER AS from_plan,
    getvariable('month_start')::DATE AS charged_on, getvariable('month_start') AS service_start,
    1::DECIMAL(18, 6) AS quantity, unit_price(p.price) AS unit_price, NULL::VARCHAR AS proration, p.price AS amount,
    format('{}: the price of the whole month (F1)', p.name) AS explanation
FROM months m JOIN plans p ON p.rank = m.opening_plan
WHERE p.price > 0
UNION ALL
SELECT account, place, if(place = 1 AND first_upgrade_at IS NOT NULL, 'first_upgrade', 'upgrade'), asked, in_force,
    instant::DATE, instant, 1,
    unit_price(if(place = 1 AND first_upgrade_at IS NOT NULL, new_price, new_price - old_price)),
    if(first_upgrade_at IS NULL, NULL, fraction(first_upgrade_at)),
    CASE
        WHEN first_upgrade_at IS NULL THEN new_price - old_price
        WHEN place = 1 THEN prorated(new_price, first_upgrade_at)
        ELSE prorated(new_price, first_upgrade_at) - prorated(old_price, first_upgrade_at)
    END,
    format('{} instead of {} ({})', n.name, o.name,
        if(first_upgrade_at IS NULL, 'F4', if(place = 1, 'F2', 'F3')))
FROM upgrades JOIN plans n ON n.rank = asked JOIN plans o ON o.rank = in_force
UNION ALL
SELECT account, 1_000_000, 'overage', billed_plan, NULL, getvariable('last_day'), starts_at,
    overage, unit_rate(o.rate), NULL, overage_minor,
    format('{} credits over the cap of {} (O4)', overage, p.name)
FROM outcomes o JOIN plans p ON p.rank = billed_plan
WHERE overage > 0;

CREATE TEMP TABLE bills AS
SELECT account, (row_number() OVER (ORDER BY account))::BIGINT AS number, count(*) AS line_count,
    sum(amount) FILTER (line_type <> 'overage') AS subscription, sum(amount) AS total
FROM lines GROUP BY account;
