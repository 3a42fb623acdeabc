"""The first start: schema, regions, question bank, and demonstration data played through the real services."""
