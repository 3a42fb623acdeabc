"""What anybody may see of a contest without signing in: its public page, rules, poster and list of award winners."""
