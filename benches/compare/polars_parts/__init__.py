"""The parts of polars_month.py, in the order of the way through: changes, timeline, usage, rating, tables."""
