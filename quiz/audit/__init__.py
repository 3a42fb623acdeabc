"""The append-only, hash-chained log of administrative acts."""
