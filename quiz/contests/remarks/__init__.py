"""Re-marks of a contest as everything that stands on its results must know them; their steps are in operations/remarking."""
