"""Near-experiments: attempts that succeeded against attempts that failed."""
