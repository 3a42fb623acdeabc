"""The teacher's and organiser's desk: contest wizard, progress, rules page."""
