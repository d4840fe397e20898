"""Registers of claims that ship with the package, one folder each; found by name, imported by nobody."""
