-- The tables of a book in DuckDB, each over all months: what is in force, and no superseded revision.
-- Read this first, then any question of this folder. The book is the folder `book`, or the one that this says:
--   SET VARIABLE book = 'path/to/book';
-- What the columns mean is in docs/FILES.md. Each view has `month`, also where the table itself has not.

CREATE OR REPLACE MACRO files(name) AS coalesce(getvariable('book'), 'book') || '/current/' || name || '/*.parquet';
CREATE OR REPLACE MACRO month_of_file(name) AS regexp_extract(name, '([^/\\]+)\.parquet$', 1);

CREATE OR REPLACE VIEW documents AS FROM read_parquet(files('documents'), union_by_name = true);
CREATE OR REPLACE VIEW overage_charges AS FROM read_parquet(files('overage_charges'), union_by_name = true);
CREATE OR REPLACE VIEW expired_credits AS FROM read_parquet(files('expired_credits'), union_by_name = true);
CREATE OR REPLACE VIEW exceptions AS FROM read_parquet(files('exceptions'), union_by_name = true);

CREATE OR REPLACE VIEW invoice_lines AS
SELECT month_of_file(filename) AS month, * EXCLUDE (filename)
FROM read_parquet(files('invoice_lines'), union_by_name = true, filename = true);

CREATE OR REPLACE VIEW grants AS
SELECT month_of_file(filename) AS month, * EXCLUDE (filename)
FROM read_parquet(files('grants'), union_by_name = true, filename = true);

CREATE OR REPLACE VIEW plans AS
SELECT month_of_file(filename) AS month, * EXCLUDE (filename)
FROM read_parquet(files('plans'), union_by_name = true, filename = true);

CREATE OR REPLACE VIEW state AS
SELECT month_of_file(filename) AS month, * EXCLUDE (filename)
FROM read_parquet(files('state'), union_by_name = true, filename = true);

CREATE OR REPLACE VIEW rejects AS
SELECT month_of_file(filename) AS month, * EXCLUDE (filename)
FROM read_parquet(files('rejects'), union_by_name = true, filename = true);

CREATE OR REPLACE VIEW recent_ids AS
SELECT month_of_file(filename) AS month, * EXCLUDE (filename)
FROM read_parquet(files('recent_ids'), union_by_name = true, filename = true);

-- Months published before there were grants and adjustments lack their columns: they had none.
CREATE OR REPLACE VIEW statements AS
SELECT * REPLACE (
  coalesce(grants_opening, 0) AS grants_opening,
  coalesce(grants_drawn, 0) AS grants_drawn,
  coalesce(grants_expired, 0) AS grants_expired,
  coalesce(grants_carried, 0) AS grants_carried,
  coalesce(grants_amount, 0) AS grants_amount,
  coalesce(adjustments_amount, 0) AS adjustments_amount
)
FROM read_parquet(files('statements'), union_by_name = true);

-- What several questions need.

-- The months of the book, each with the one before it; empty for the first. Months without prices are passed over.
CREATE OR REPLACE VIEW months AS
SELECT month, lag(month) OVER (ORDER BY month) AS month_before
FROM (SELECT DISTINCT month FROM plans);

-- Recurring revenue: the price of an account's billed plan, by the month's plans. 0.00 for who does not pay. What a
-- first upgrade pays within its month is less (F2): that is in `statements`.
CREATE OR REPLACE VIEW recurring AS
SELECT s.month, s.account_id, s.currency, p.plan, p.price AS amount
FROM statements AS s
JOIN plans AS p ON p.month = s.month AND p.plan = s.billed_plan;

-- The same a month before, by the month that it is before. Nobody knows what came before the book's first month: there
-- it is the plan that an account was brought in with, at the first month's price.
CREATE OR REPLACE VIEW recurring_before AS
SELECT m.month, r.account_id, r.currency, r.plan, r.amount
FROM months AS m
JOIN recurring AS r ON r.month = m.month_before
UNION ALL
SELECT s.month, s.account_id, s.currency, p.plan, p.price
FROM statements AS s
JOIN months AS m ON m.month = s.month AND m.month_before IS NULL
JOIN plans AS p ON p.month = s.month AND p.plan = s.opening_plan;

-- The month in which an instant lies, in UTC, whatever the session's time zone.
CREATE OR REPLACE MACRO month_of(instant) AS strftime(make_timestamp(epoch_us(instant)), '%Y-%m');

-- How many months the second lies after the first.
CREATE OR REPLACE MACRO months_between(earlier, later) AS
  datediff('month', (earlier || '-01')::DATE, (later || '-01')::DATE);

-- Exact division, since DuckDB's makes a DOUBLE of decimals. `exact` is a decimal's digits as an integer; `ratio` is
-- numerator / denominator (integers, 0 or more) with the decimals of `like_this`, rounded half up.
CREATE OR REPLACE MACRO exact(number) AS replace(number::VARCHAR, '.', '')::HUGEINT;
CREATE OR REPLACE MACRO decimals(number) AS length(split_part(number::VARCHAR, '.', 2));
CREATE OR REPLACE MACRO ten_to(places) AS ('1' || repeat('0', places))::HUGEINT;
CREATE OR REPLACE MACRO point(digits, places) AS
  (digits // ten_to(places))::VARCHAR || '.' || lpad((digits % ten_to(places))::VARCHAR, places::INTEGER, '0');
CREATE OR REPLACE MACRO ratio(numerator, denominator, like_this) AS cast_to_type(
  point((2 * numerator * ten_to(decimals(like_this)) + denominator) // (2 * denominator), decimals(like_this)),
  like_this
);

-- The part of a price that some of its credits stand for: price × part / whole, in the currency's minor unit.
CREATE OR REPLACE MACRO worth(price, part, whole) AS
  ratio(exact(price) * exact(part), exact(whole) * ten_to(decimals(price)), price);
-- What credits cost at a rate (both have six decimals), in the minor unit of `like_this`.
CREATE OR REPLACE MACRO at_rate(credits, rate, like_this) AS ratio(exact(credits) * exact(rate), ten_to(12), like_this);

-- What was paid for each grant that a month has, and for how many credits: of those carried in what the month before
-- says, of those given and ended within the month what the account's lines of that kind come to a credit.
CREATE OR REPLACE VIEW paid_grants AS
SELECT m.month, g.account_id, g.grant_id, g.granted, g.price
FROM months AS m
JOIN grants AS g ON g.month = m.month_before
UNION ALL
SELECT e.month, e.account_id, e.grant_id, e.granted, worth(l.amount, e.granted, l.credits)
FROM expired_credits AS e
JOIN months AS m USING (month)
JOIN (
  SELECT month, account_id, "grant", sum(amount) AS amount, sum(quantity) AS credits
  FROM invoice_lines
  WHERE line_type = 'grant'
  GROUP BY month, account_id, "grant"
  HAVING sum(quantity) > 0
) AS l ON l.month = e.month AND l.account_id = e.account_id AND l."grant" = e."grant"
ANTI JOIN grants AS g ON g.month = m.month_before AND g.account_id = e.account_id AND g.grant_id = e.grant_id;
