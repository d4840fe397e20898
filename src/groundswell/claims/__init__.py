"""Claims and verdicts: the register, the designs they are tested by, and adjudication."""
