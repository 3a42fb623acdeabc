"""Adults register themselves: an invitation to a unit and a contest, opened and closed by those who manage it."""
