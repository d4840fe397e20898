"""Replications: one file for each published model, which measures the paper's numbers and compares them with ours."""
