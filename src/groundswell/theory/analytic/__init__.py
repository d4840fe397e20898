"""What theories imply without simulation, one file for each family: their companions, drawn over the simulation."""
