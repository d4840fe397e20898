"""Questions asked of a record of events: which it can bear, and what it answers, with what each answer rests on."""
