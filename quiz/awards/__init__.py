"""Awards: tiers, a list that a second person confirms, certificates, and their public verification."""
