"""Interchange formats: banks of other systems in, our items out. See `registry.py` for what is known."""
