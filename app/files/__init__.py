"""Files of records: their contents in the data folder, what is known of each, who may read them.

A file is staged by `stage` (its content is kept, nobody but its maker sees it), then a record is saved with its id: the
write path attaches it. What no record took is collected after a day.
"""

from __future__ import annotations

from app.files.contents import Contents, FolderContents
from app.files.find import Found, find_file, staged_files
from app.files.staging import NotStaged, Place, stage

__all__ = ["Contents", "FolderContents", "Found", "NotStaged", "Place", "find_file", "stage", "staged_files"]
