"""Measurements against a floor taken in the same run; each module is one command. Nothing here is imported by the application."""
