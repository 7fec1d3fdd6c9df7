"""The space of designs: how an outcome answers to dose, timing and the rest that may be chosen."""
