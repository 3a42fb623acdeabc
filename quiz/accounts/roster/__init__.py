"""Roster import: a school's spreadsheet of pupils, previewed, confirmed, written all at once or not at all."""
