"""Play-offs: those who are tied across the promotion line sit a short paper, and its standing says who goes on."""
