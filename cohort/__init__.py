"""cohort: an agent-based population study of emotional memory."""

__version__ = "0.1.0"
