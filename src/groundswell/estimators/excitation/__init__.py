"""Does an event trigger further events? Self- and cross-excitation, by day or week and in continuous time."""
