"""Notices (公告) of a contest: what its organiser tells everybody, dated, until taken back."""
