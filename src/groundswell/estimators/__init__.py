"""Estimators: arrays and settings in; an estimate with its interval, checks and limits out."""
