"""Faults on purpose: kills, cut connections, a full disk, a stopped database; nothing acknowledged may be lost.

docs/faults.md says what is proven how. ``make faults`` runs it whole, ``make test`` a shorter cut.
"""
