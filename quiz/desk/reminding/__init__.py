"""Reminders: which schools of a county have not begun, and who has told them when."""
