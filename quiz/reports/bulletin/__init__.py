"""The bulletin (通报) of a contest: one set of words and numbers for the page, Word and the spreadsheet."""
