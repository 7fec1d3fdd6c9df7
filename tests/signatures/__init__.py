"""Signatures of the scientific contract, each with an ablation of its mechanism."""
