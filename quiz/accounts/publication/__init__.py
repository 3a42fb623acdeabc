"""Consent of pupil and guardian to publication of the full name: recorded, never overwritten, withdrawn at once."""
