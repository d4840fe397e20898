"""Attention to a spectacle: how it rises and decays, what stance it takes, and through whom it passes."""
