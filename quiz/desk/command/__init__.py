"""The command board (指挥台): where a region's schools take part, where not yet, and when all will have."""
