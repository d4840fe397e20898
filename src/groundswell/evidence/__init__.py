"""Records of events: read, count, check and estimate from them. Stands beside the simulator, never on it."""
