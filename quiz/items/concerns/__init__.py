"""Concerns about published items: reported problems, amended laws, review dates; the editors' queue."""
