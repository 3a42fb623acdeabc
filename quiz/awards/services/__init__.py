"""Writes of awards: tiers, lists, awards, certificates."""
