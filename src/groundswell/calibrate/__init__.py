"""Calibration: what we believe about the parameters before and after seeing a record."""
