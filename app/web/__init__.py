"""The web: pages, REST and login. The only package that knows Flask."""
