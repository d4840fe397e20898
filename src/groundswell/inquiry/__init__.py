"""Questions asked of a record of events: which it can support, what it answers, and what each answer rests on."""
