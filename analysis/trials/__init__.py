"""A trial whose persons live under every arm: exact effects, and what the trial itself could have estimated."""
