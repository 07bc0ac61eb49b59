"""The manual of a pack, from its Catalog alone: tables of fields, stages, roles and backups, and the language's reference."""
