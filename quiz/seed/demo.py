"""Demonstration data, played through the real services."""
