"""Mappings of published panels, one TOML file each; the registry names the files that they read."""
