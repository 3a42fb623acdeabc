"""Appeals: a pupil or a school asks to look again, one person proposes an answer, another decides; every step is kept."""
