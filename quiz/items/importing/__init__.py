"""Questions from files of other systems: upload, dry run, confirmed as drafts."""
