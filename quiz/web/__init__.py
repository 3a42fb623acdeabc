"""Shared by all features' views, importing none: access rules, headers, forms, filters, navigation, transactions."""
