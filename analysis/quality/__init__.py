"""What a memory is like: vivid and accurate, central and peripheral, told and intruding."""
