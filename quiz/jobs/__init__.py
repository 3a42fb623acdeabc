"""Background work: rows of a job table, written in the transaction of their cause, run by the worker process."""
