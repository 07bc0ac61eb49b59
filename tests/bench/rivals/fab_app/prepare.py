"""Makes the tables and the administrator."""

import os

os.environ["BENCH_PREPARE"] = "1"

from fab_app import models, wsgi

app, appbuilder = wsgi.build(serving=False)
with app.app_context():
    models.Model.metadata.create_all(appbuilder.session.get_bind())
    manager = appbuilder.sm
    manager.add_user(
        *("admin", "Bench", "Admin", "admin@example.com"), manager.find_role("Admin"), os.environ["BENCH_PASSWORD"]
    )
