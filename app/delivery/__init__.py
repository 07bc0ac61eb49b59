"""What leaves the house by wire: mails, and calls of other systems through the one guard. Knows nothing of records."""
