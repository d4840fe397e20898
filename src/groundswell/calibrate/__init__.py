"""Calibration: what is believed of the parameters before and after a record is seen."""
