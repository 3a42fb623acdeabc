"""Contests: who may enter, groups, entries."""
