"""Sittings, attempts, the append-only answer log, deadlines and marking."""
