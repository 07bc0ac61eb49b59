"""People of other houses: whom an OpenID provider or a directory sends. Knows nothing of our people."""
