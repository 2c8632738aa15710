"""Grants (G1 to G7): pools of credits that are given to one account."""

from dataclasses import dataclass


@dataclass
class Grant:
    """One grant of an account, as a month sees it."""

    id: str
    kind: str
    after_plan: bool  # G2: its place, as the month's catalogue says
    granted: int
    at: int
    expires_at: int | None
    price: int
    opening: int  # what was carried in, or granted within the month
    drawn: int = 0
    voided_at: int | None = None

    @property
    def left(self):
        return self.opening - self.drawn

    @property
    def ends_at(self):
        return self.expires_at if self.voided_at is None else self.voided_at

    @property
    def reason(self):
        return "grant-expired" if self.voided_at is None else "grant-voided"

    @property
    def turn(self):
        """G2: what is drawn first has the least of these."""
        return (self.after_plan, self.expires_at is None, self.expires_at or 0, self.at, self.id)

    def has_ended(self, at):
        return self.ends_at is not None and self.ends_at <= at


def grant(change, catalogue):
    """G1 and G6: the grant that a change opens, or None where it opens none."""
    kind = catalogue.grants.get(change.grant)
    if kind is None:
        return None
    credits = kind.credits if change.amount is None else change.amount
    expires_at = change.expires_at
    if expires_at is None and kind.length is not None:
        expires_at = change.at + kind.length
    if credits == 0 or (expires_at is not None and expires_at <= change.at):
        return None
    return Grant(change.id, kind.id, kind.after_plan, credits, change.at, expires_at, kind.price,
                 credits)


def void(grants, change):
    """G5 and G6: ends a grant at once; whether there was one to end."""
    for one in grants:
        if one.id == change.grant and not one.has_ended(change.at):
            one.voided_at = change.at
            return True
    return False


def draw(grants, after_plan, at, credits):
    """G2: draws on the grants of one place at an instant; what no grant covers is left."""
    for one in sorted(grants, key=lambda one: one.turn):
        if one.after_plan == after_plan and not one.has_ended(at):
            taken = min(credits, one.left)
            one.drawn += taken
            credits -= taken
    return credits


def carried(grants, end):
    """The grants that go on into the next month, in the order in which they are drawn."""
    return sorted((one for one in grants if not one.has_ended(end) and one.left > 0),
                  key=lambda one: one.turn)
