"""Claims and verdicts: the register, the designs that test them, and adjudication."""
