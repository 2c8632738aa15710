-- The two passes over the usage: ids that come twice, and sums by segment.
-- Before: the view usage_files (event_id, account_id, instant, credits), accounts, months, segments, the variables
-- month_start and month_end.

-- Ids that may come twice, by a 64-bit hash: a group then costs 8 bytes and not an id of 36 characters, which takes a
-- third of the memory. What shares a hash by chance is told apart below, by the ids themselves.
CREATE TEMP TABLE suspects AS
SELECT hash(event_id) AS mark FROM usage_files
WHERE instant < getvariable('month_end')
GROUP BY mark HAVING count(*) > 1;

-- Where a row can belong to: the segments, and before S the trials that reach into the month.
CREATE TEMP TABLE spans AS
SELECT segment, account_id, instant, until FROM segments
UNION ALL
SELECT -account, account_id, signed_up_at, getvariable('month_start') FROM months
WHERE signed_up_at < getvariable('month_start') AND trial_ends_at IS NOT NULL;

-- One pass for all else. Each row finds its span by its account, and where there are several by its instant: the hash
-- join does both. (An ASOF join would sort all events, and takes four times as long.) Suspects, and rows of the month
-- that nothing is found for, are few: they are kept out of the sums, row by row.
CREATE TEMP TABLE pass AS
SELECT s.segment,
    count(*) FILTER (d.mark IS NULL) AS events,
    sum(u.credits) FILTER (d.mark IS NULL) AS credits,
    list({event_id: u.event_id, account_id: u.account_id, instant: u.instant, credits: u.credits,
          is_suspect: d.mark IS NOT NULL})
        FILTER (d.mark IS NOT NULL OR (s.segment IS NULL AND u.instant >= getvariable('month_start'))) AS aside
FROM usage_files u
LEFT JOIN spans s ON u.account_id = s.account_id AND u.instant >= s.instant AND u.instant < s.until
LEFT JOIN suspects d ON hash(u.event_id) = d.mark
WHERE u.instant < getvariable('month_end')
GROUP BY s.segment;

CREATE TEMP TABLE aside AS
SELECT row.*, row.instant < getvariable('month_start') AS is_before FROM (SELECT unnest(aside) AS row FROM pass);

-- Of an id's rows each content counts once, and of the contents the first by (instant, account, credits). Rows before
-- the month, which only reduce trials, are a matter of their own (X1).
CREATE TEMP TABLE contents AS
SELECT *, row_number() OVER (PARTITION BY event_id, is_before ORDER BY instant, account_id, credits) AS place
FROM (SELECT DISTINCT event_id, account_id, instant, credits, is_before FROM aside WHERE is_suspect);

-- What stands of the suspects is added to the sums.
CREATE TEMP TABLE sums AS
SELECT segment, sum(events)::BIGINT AS events, sum(credits)::DECIMAL(38, 6) AS credits
FROM (
    SELECT segment, events, credits FROM pass WHERE segment IS NOT NULL
    UNION ALL
    SELECT s.segment, 1, c.credits
    FROM contents c JOIN spans s
        ON c.account_id = s.account_id AND c.instant >= s.instant AND c.instant < s.until
    WHERE c.place = 1
)
GROUP BY segment;

-- Usage of nobody, and from before a signup; and rows that share an id with one that stands.
CREATE TEMP TABLE usage_exceptions AS
SELECT if(a.account IS NULL, 'unknown-account', 'before-signup') AS kind,
    r.account_id, r.instant, r.event_id, r.credits, 'usage' AS detail
FROM (
    SELECT event_id, account_id, instant, credits FROM aside WHERE NOT is_suspect
    UNION ALL
    SELECT event_id, account_id, instant, credits FROM contents WHERE place = 1 AND NOT is_before
) r LEFT JOIN accounts a USING (account_id)
WHERE a.account IS NULL OR r.instant < a.signed_up_at
UNION ALL
SELECT 'conflicting-duplicate', account_id, instant, event_id, credits, if(is_before, 'usage before the month', 'usage')
FROM contents WHERE place > 1;
