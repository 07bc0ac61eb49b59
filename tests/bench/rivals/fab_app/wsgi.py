"""Flask-AppBuilder as its quick start makes it; only what it writes at every start is switched off."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class

from fab_app import views


def build(*, serving):
    app = Flask("fab_app")
    app.config.update(
        SECRET_KEY="only for measurements " * 3,
        SQLALCHEMY_DATABASE_URI=os.environ["BENCH_DATABASE_URL"],
        FAB_UPDATE_PERMS=not serving,
        FAB_CREATE_DB=not serving,
        RATELIMIT_ENABLED=False,
        AUTH_RATE_LIMITED=False,
        WTF_CSRF_ENABLED=False,
    )
    db = get_sqla_class()()
    db.init_app(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        views.register(appbuilder)
    return app, appbuilder


if "BENCH_PREPARE" not in os.environ:
    application, _ = build(serving=True)
