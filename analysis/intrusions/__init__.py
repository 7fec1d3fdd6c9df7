"""How often a memory comes unbidden: counts, repeated counts, recurrence, and what their distribution is."""
