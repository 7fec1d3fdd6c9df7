"""Statistics on what a run wrote. Reads records only; imports nothing of the engine."""
