-- What do bought grants still owe, in money?
--
-- What is left of a grant is worth price × left / granted, rounded half up to the minor unit. A part that was drawn or
-- expired is worth what was left before it less what is left after it, so the parts of a grant add up to its price, and
-- the last one takes the remainder. Free grants owe nothing. opening + sold - drawn - expired = closing, and closing is
-- the next month's opening.
--
-- opening  the closing of the month before; in the book's first month what was brought in, less what was drawn of it
--          within that month, which the tables do not tell
-- sold     grants charged in the month, notes included
-- drawn    the worth of credits that were used
-- expired  the worth of credits that expired or were voided
-- closing  what the grants that go on are still worth
WITH owed AS (
  SELECT month, currency,
    sum(worth(price, "left", granted)) AS closing,
    sum(if(month_of(granted_at) < month, worth(price, "left", granted), 0)) AS from_before
  FROM grants
  JOIN statements USING (month, account_id)
  GROUP BY month, currency
), lapsed AS (
  SELECT month, currency, sum(worth(g.price, e.expired, g.granted)) AS expired
  FROM expired_credits AS e
  JOIN paid_grants AS g USING (month, account_id, grant_id)
  JOIN statements AS s USING (month, account_id)
  GROUP BY month, currency
), charged AS (
  SELECT month, currency, sum(grants_amount) AS sold FROM statements GROUP BY month, currency
), roll AS (
  SELECT month, currency, sold, coalesce(expired, 0) AS expired, coalesce(closing, 0) AS closing,
    lag(coalesce(closing, 0), 1, coalesce(from_before, 0)) OVER (PARTITION BY currency ORDER BY month) AS opening
  FROM charged
  LEFT JOIN owed USING (month, currency)
  LEFT JOIN lapsed USING (month, currency)
)
SELECT month, currency, opening, sold, opening + sold - expired - closing AS drawn, expired, closing
FROM roll
ORDER BY month, currency;
