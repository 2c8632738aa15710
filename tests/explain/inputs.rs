//! Inputs that were moved, taken away or changed since the month was billed.
