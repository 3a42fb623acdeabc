"""Concerns about published items: reported problems, amended laws, news from the content folder; the editors' queue."""
