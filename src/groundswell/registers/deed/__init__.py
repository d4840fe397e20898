"""The claims of the founding question, one file each, with the arms, records and tests that they share."""
