"""Struggle over time and space: waves and ebbs, the decay of turnout, the spread from place to place."""
