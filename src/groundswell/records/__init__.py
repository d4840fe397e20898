"""Records of events: schema, readers, codebooks, cases, series and the registry of data sets."""
