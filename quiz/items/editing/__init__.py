"""Drafts of items: editing, the two checks by two people, publishing."""
