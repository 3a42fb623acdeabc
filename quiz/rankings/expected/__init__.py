"""Who is expected in a contest: counted once from the enrolments, less the pupils who are excused."""
