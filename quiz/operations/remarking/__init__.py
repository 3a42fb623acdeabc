"""A wrong key is marked again: a rehearsal with a report, the word of a second person, one application."""
