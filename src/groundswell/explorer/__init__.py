"""The moving picture: one page for every theory, as a file, on loopback, or in a notebook."""
