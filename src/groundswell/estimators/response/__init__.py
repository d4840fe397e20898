"""What dated acts did to a series: each against the course that it was on, or against places without one."""
