"""Built-in studies: each is one TOML file beside this one, found because it is there."""
