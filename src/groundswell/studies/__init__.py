"""Built-in studies: each is one TOML file in this folder, found because it is there."""
