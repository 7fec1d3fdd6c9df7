"""Why people differ: traits, adversity, genes, exposure, and what is left to chance."""
