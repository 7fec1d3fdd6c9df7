"""The design space of an intervention: a design file, its points, and the table of what came of them."""
