"""Populations: people, their ties (networks, grids, well-mixed), their regions and traits. Import from its modules."""
