"""What theories imply without simulation, one file per family: analytic companions, drawn over the simulation."""
