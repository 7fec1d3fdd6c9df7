"""How long a memory lasts: retention over time, the law of forgetting, and time until it is forgotten."""
