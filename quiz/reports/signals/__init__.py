"""Integrity signals: what looks unlikely in a finished contest, listed for a person with the evidence; nobody is excluded by it."""
