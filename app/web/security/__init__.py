"""Who may come in: sessions, passwords, lock-out, the pages of the login."""
