"""Teams: a stage whose unit is a team or a school's delegation, who is in which team, and who stands in for whom."""
