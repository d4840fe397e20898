"""Estimates that any record may need: association, levels, regression, and the checks of a fitted model."""
