"""Promotion of teams: the same steps and rules, with teams as candidates and members carried along."""
