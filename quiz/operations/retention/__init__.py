"""How long what is kept: settings, a dry run, and erasing in batches (docs/privacy.md, docs/adr/0027)."""
