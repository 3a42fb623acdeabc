"""The tree: province > prefecture > county, and below it schools and classes."""
