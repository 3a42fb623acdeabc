"""Class reports and exports."""
