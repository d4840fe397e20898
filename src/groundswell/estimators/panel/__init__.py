"""Estimators on panels: rows of units by wave."""
