"""Cases: small real records that ship inside the package, each with its citation and its arithmetic checks."""
