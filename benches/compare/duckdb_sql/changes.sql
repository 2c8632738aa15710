-- The change log, up to E: freed of duplicates, and what each change meets in its account's life.
-- Before: the view change_files (change_id, account_id, instant, change, plan), plans, the variable month_end.

-- Grants and limits (G1 to G7, O6) are beyond what is billed here.
SELECT error('the peers know no change ' || change) FROM change_files
WHERE change NOT IN ('signup', 'plan', 'overage_on', 'overage_off') LIMIT 1;

-- Exact copies are dropped; of what then shares an id, the first stands (X3), whatever the month. Only ids that come
-- twice are looked at: they are few.
CREATE TEMP TABLE changes_twice AS
SELECT change_id FROM change_files GROUP BY change_id HAVING count(*) > 1;

CREATE TEMP TABLE changes_ranked AS
SELECT *, row_number() OVER (PARTITION BY change_id ORDER BY instant, account_id, change, plan) AS place
FROM (SELECT DISTINCT * FROM change_files WHERE change_id IN (FROM changes_twice));

CREATE TEMP TABLE changes AS
SELECT * FROM change_files
WHERE instant < getvariable('month_end') AND change_id NOT IN (FROM changes_twice)
UNION ALL
SELECT * EXCLUDE (place) FROM changes_ranked WHERE place = 1 AND instant < getvariable('month_end');

-- An account exists from its first signup (T3). Numbers follow the byte order of ids: all later joins and sorts go by
-- an integer.
CREATE TEMP TABLE accounts AS
SELECT (row_number() OVER (ORDER BY account_id))::INTEGER AS account, account_id, signed_up_at
FROM (
    SELECT account_id, min(instant) AS signed_up_at
    FROM changes WHERE change = 'signup' GROUP BY account_id
);

-- In the order in which they apply (T2). `signups` counts those so far, the row's own included. `asked` is the plan
-- that the change asks for, by rank.
CREATE TEMP TABLE asked AS
SELECT
    a.account, a.signed_up_at, c.account_id, c.change_id, c.instant, c.change, c.plan,
    p.rank AS asked,
    count(*) FILTER (c.change = 'signup') OVER life AS signups
FROM changes c JOIN accounts a USING (account_id) LEFT JOIN plans p ON p.id = c.plan
WINDOW life AS (PARTITION BY a.account ORDER BY c.instant, c.change_id ROWS UNBOUNDED PRECEDING);

-- What has no effect, and why. Plans that are not known and switches that are not offered follow below.
CREATE TEMP TABLE change_exceptions AS
SELECT 'unknown-account' AS kind, account_id, instant, change_id AS id, 'changes' AS detail
FROM changes WHERE account_id NOT IN (SELECT account_id FROM accounts)
UNION ALL
SELECT if(signups = 0, 'before-signup', 'duplicate-signup'), account_id, instant, change_id, 'changes'
FROM asked WHERE signups = 0 OR (change = 'signup' AND signups > 1)
UNION ALL
SELECT 'conflicting-duplicate', account_id, instant, change_id, 'changes'
FROM changes_ranked WHERE place > 1
UNION ALL
SELECT 'unknown-plan', account_id, instant, change_id, 'the catalogue lacks plan ' || plan
FROM asked WHERE asked IS NULL AND plan <> '' AND (change = 'plan' OR signups = 1) AND signups > 0;
