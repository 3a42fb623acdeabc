"""Playing whole schools over HTTP: the site under load, its front, pupils, and what was kept afterwards."""
