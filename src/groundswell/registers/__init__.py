"""Registers of claims that ship with the package, one folder each; they are found by name, never imported directly."""
