"""What leaves the house: calls of other systems, with the one guard that all of them pass. Knows nothing of records."""
