"""Replications: one file for each published model, which measures our numbers and compares them with the paper's."""
