"""The scheduler: a clock that turns, beside the web server or alone. Imports nothing of the web."""
