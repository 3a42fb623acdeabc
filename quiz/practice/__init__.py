"""Practice runs, the mistake notebook and spaced review."""
