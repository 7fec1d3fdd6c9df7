"""How well the model holds: against published findings and a baseline, without each mechanism, over its parameters."""
