"""The contest of sixty pupils in four stages: who they are, what they and the staff do, and an own reckoning of it all."""
