"""The reveal of a contest's awards in a hall: step by step from the last award to the first place."""
