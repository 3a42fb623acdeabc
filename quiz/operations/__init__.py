"""Running the site: is it ready, numbers for monitoring, backups, outages given back, wrong keys marked again."""
