"""Catalog to tables, sessions and statements: everything that knows the database's shape."""
