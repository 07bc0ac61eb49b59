"""What happens by itself: the jobs of the clock and their runs. Knows nothing of Flask."""
