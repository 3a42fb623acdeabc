"""Play-offs: the pupils or teams that are tied across the promotion line sit a short paper; its standing says who goes on."""
