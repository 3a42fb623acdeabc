"""The database side of the question bank: items and their immutable published versions."""
