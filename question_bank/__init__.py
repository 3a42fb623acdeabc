"""The reviewed questions and everything needed to read, check and mark them, without any web or database."""
