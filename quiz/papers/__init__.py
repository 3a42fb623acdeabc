"""Paper specifications and the drawing of equivalent papers."""
