"""The engram: what one person stores of an episode, and what time, sleep, recall and drugs do to it."""
