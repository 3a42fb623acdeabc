"""清源 Qingyuan: the application, packaged by feature (see docs/architecture.md)."""
