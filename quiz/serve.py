"""``python -m quiz.serve``: the production server and its worker, started and stopped as one."""
