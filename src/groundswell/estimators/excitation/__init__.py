"""Does an event bring further events? Self- and cross-excitation, in steps of a day or week and in continuous time."""
