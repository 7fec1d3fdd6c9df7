"""One page that says what a run shows, every number of it traceable."""
