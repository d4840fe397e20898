"""Engines: reference (plain Python), network (compiled, batched, threaded) and annealed (infinite population)."""
