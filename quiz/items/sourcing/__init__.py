"""What items may cite and what rests on it: laws, documents, facts; what to look at again when a law changes."""
