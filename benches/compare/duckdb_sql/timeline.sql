-- Each account's month, from its changes: plans, upgrades, and the segments that usage is summed by.
-- Before: asked, accounts, plans; the variables month_start, month_end, trial_days, trial_credits.

-- Within a month the plan in force is the highest of the one it opened with and those asked for so far (P1 to P3), and
-- the next month opens with the last one asked for. So windows do, and no row needs the one before it to be settled.
CREATE TEMP TABLE applied AS
SELECT *,
    last_value(asked IGNORE NULLS) OVER (
        PARTITION BY account ORDER BY instant, change_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS asked_before,
    date_trunc('month', instant::TIMESTAMP) AS month
FROM asked
WHERE signups > 0 AND NOT (change = 'signup' AND signups > 1);

CREATE TEMP TABLE lived AS
SELECT *,
    coalesce(asked > in_force, false) AS is_upgrade,
    greatest(in_force, coalesce(asked, 0)) AS in_force_after
FROM (
    SELECT *,
        greatest(
            coalesce(first_value(asked_before) OVER so_far, 0),
            coalesce(max(asked) OVER before, 0)
        ) AS in_force
    FROM applied
    WINDOW
        so_far AS (PARTITION BY account, month ORDER BY instant, change_id ROWS UNBOUNDED PRECEDING),
        before AS (
            PARTITION BY account, month ORDER BY instant, change_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
);

INSERT INTO change_exceptions
SELECT 'overage-unavailable', l.account_id, l.instant, l.change_id, 'changes'
FROM lived l JOIN plans p ON p.rank = l.in_force
WHERE l.change = 'overage_on' AND p.rate IS NULL;

-- What a month's end does: the last plan asked for comes into force.
CREATE TEMP TABLE month_ends AS
SELECT account, month, arg_max(asked, (instant, change_id)) AS next_plan
FROM lived WHERE asked IS NOT NULL GROUP BY account, month;

-- Everything that may turn the switch, in order: a month's end comes before the changes at its instant.
-- `turned` is what the step sets it to, if it does (O2, P4). Accounts that never switch on need none of it.
CREATE TEMP TABLE steps AS
SELECT account, instant, 1 AS part, change_id, in_force_after AS plan,
    CASE
        WHEN change = 'overage_off' THEN false
        WHEN change = 'overage_on' AND p.rate IS NOT NULL THEN true
        WHEN is_upgrade AND p.rate IS NULL THEN false
    END AS turned
FROM lived JOIN plans p ON p.rank = in_force_after
UNION ALL
SELECT m.account, (m.month + INTERVAL 1 MONTH)::TIMESTAMPTZ, 0, '', next_plan, if(p.rate IS NULL, false, NULL)
FROM month_ends m JOIN plans p ON p.rank = next_plan;

CREATE TEMP TABLE switched AS
SELECT *,
    coalesce(last_value(turned IGNORE NULLS) OVER (
        PARTITION BY account ORDER BY instant, part, change_id ROWS UNBOUNDED PRECEDING
    ), false) AS overage_on
FROM steps;

-- The month of each account: what it opens with, what it is billed by, how it ends.
CREATE TEMP TABLE months AS
WITH opened AS (
    SELECT account,
        arg_max(plan, (instant, part, change_id)) AS plan,
        arg_max(overage_on, (instant, part, change_id)) AS overage_on
    FROM switched
    WHERE instant < getvariable('month_start') OR (instant = getvariable('month_start') AND part = 0)
    GROUP BY account
),
within AS (
    SELECT account, max(plan) AS highest
    FROM switched
    WHERE instant >= getvariable('month_start') AND instant < getvariable('month_end') AND part = 1
    GROUP BY account
),
closed AS (
    SELECT account, arg_max(plan, (instant, part, change_id)) AS plan,
        arg_max(overage_on, (instant, part, change_id)) AS overage_on
    FROM switched GROUP BY account
),
paid AS (SELECT account, min(instant) AS first_paid_at FROM lived WHERE asked > 0 GROUP BY account)
SELECT
    a.account, a.account_id, a.signed_up_at,
    greatest(a.signed_up_at, getvariable('month_start')) AS starts_at,
    if(a.signed_up_at < getvariable('month_start'), opened.plan, NULL) AS opening_plan,
    coalesce(if(a.signed_up_at < getvariable('month_start'), opened.overage_on, NULL), false) AS opening_overage_on,
    greatest(coalesce(opened.plan, 0), coalesce(within.highest, 0)) AS billed_plan,
    closed.plan AS next_plan,
    closed.overage_on AS closing_overage_on,
    paid.first_paid_at,
    if(paid.first_paid_at >= getvariable('month_start'), paid.first_paid_at, NULL) AS first_upgrade_at,
    if(trial_end > getvariable('month_start'), trial_end, NULL) AS trial_ends_at
FROM (SELECT *, signed_up_at + to_days(getvariable('trial_days')) AS trial_end FROM accounts) a
JOIN closed USING (account)
LEFT JOIN opened USING (account)
LEFT JOIN within USING (account)
LEFT JOIN paid USING (account);

-- Where a month is cut (X11), and what holds from there on. Most accounts have one segment.
CREATE TEMP TABLE segments AS
WITH instants AS (
    SELECT account, starts_at AS instant, -1 AS part, '' AS change_id, opening_overage_on AS overage_on,
        coalesce(opening_plan, 0) AS plan
    FROM months
    UNION ALL
    SELECT account, instant, part, change_id, overage_on, plan FROM switched
    WHERE instant >= getvariable('month_start') AND instant < getvariable('month_end') AND part = 1
    UNION ALL
    SELECT account, trial_ends_at, 2, '', NULL, NULL FROM months
    WHERE trial_ends_at > starts_at AND trial_ends_at < getvariable('month_end')
),
standing AS (
    SELECT account, instant,
        arg_max(overage_on, (part, change_id)) AS overage_on, arg_max(plan, (part, change_id)) AS plan
    FROM instants GROUP BY account, instant
),
holding AS (
    SELECT account, instant,
        last_value(overage_on IGNORE NULLS) OVER so_far AS overage_on,
        last_value(plan IGNORE NULLS) OVER so_far AS plan
    FROM standing
    WINDOW so_far AS (PARTITION BY account ORDER BY instant ROWS UNBOUNDED PRECEDING)
),
described AS (
    SELECT h.account, m.account_id, h.instant, h.overage_on,
        p.rate IS NOT NULL AS offered,
        coalesce(h.instant < m.trial_ends_at, false) AS in_trial,
        coalesce(h.instant < m.first_upgrade_at, false) AS before_upgrade
    FROM holding h JOIN months m USING (account) JOIN plans p ON p.rank = h.plan
),
cuts AS (
    SELECT * FROM described
    QUALIFY (overage_on, offered, in_trial, before_upgrade)
        IS DISTINCT FROM lag((overage_on, offered, in_trial, before_upgrade))
            OVER (PARTITION BY account ORDER BY instant)
)
SELECT (row_number() OVER ())::INTEGER AS segment, *,
    lead(instant, 1, getvariable('month_end')) OVER (PARTITION BY account ORDER BY instant) AS until
FROM cuts;
