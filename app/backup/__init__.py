"""Backups: full ones, increments on them, proof that they can be restored, and restoring.

A backup is one file: a readable head, the parts of it compressed and encrypted, a manifest. It appears under its name only
when it is whole and on the disk. The parts are the database (or the rows that changed), the contents of files, the secret
key; web sessions, links to set passwords, failed logins and kept answers are left out.
"""

from __future__ import annotations

from app.backup.identity import deployment_of, known_deployment
from app.backup.make import Made, make_backup
from app.backup.place import BackupPlace, place_of
from app.backup.refused import BackupRefused
from app.backup.restore import restore_backup
from app.backup.shelf import Backup, Shelf, Verdict
from app.backup.standing import Standing, failed_last, standing
from app.backup.verify import verify_backup

__all__ = [
    "Backup",
    "BackupPlace",
    "BackupRefused",
    "Made",
    "Shelf",
    "Standing",
    "Verdict",
    "deployment_of",
    "failed_last",
    "known_deployment",
    "make_backup",
    "place_of",
    "restore_backup",
    "standing",
    "verify_backup",
]
