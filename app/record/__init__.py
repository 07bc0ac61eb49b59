"""The only write path: every change to a record, from whatever door, in one unit of work and one order of steps."""
