"""Promotion: who goes from one stage of a contest to the next, with the reason for each."""
