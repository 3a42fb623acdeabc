"""Prize draws whose outcome anybody can recompute: the seed is committed to before, and published after."""
