"""Laws of plan and apply over random edits of a pack whose tables have rows: `make laws`."""
