"""A small application of stock Flask-AppBuilder over the very rows of the company, as its documentation has one written.

It limits each view to rows of one's own by `base_filters`, and names the columns that are shown. It is there to be found leaking:
what looks for leaks in the program must find them here.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, redirect
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.actions import action
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_jwt_extended import create_access_token
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import registry, relationship

ROLE = "stock"
MARK = "done in bulk"


@dataclass(frozen=True)
class Stock:
    """The application, with somebody's browser and program."""

    app: Flask
    engine: sa.Engine
    page: FlaskClient
    program: FlaskClient


def make_stock(database: Path, folder: Path, user: int) -> Stock:
    """The application over a copy of a database, with `user` logged in."""
    folder.mkdir()
    shutil.copy(database, folder / "stock.db")
    app = Flask("stock")
    app.config.update(
        SECRET_KEY="of no use to anybody, for nobody is served by this",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'stock.db'}",
        FAB_ROLES={ROLE: [["Account.*|Deal.*", ".*"]]},
        RATELIMIT_ENABLED=False,
    )
    logging.getLogger("flask_appbuilder").setLevel(logging.CRITICAL)
    database_of = SQLAlchemy()
    database_of.init_app(app)
    with app.app_context():
        engine = database_of.engine
        builder = AppBuilder(app, database_of.session)
        _add_views(builder)
        _give_role(database_of.session, user)
        token = create_access_token(identity=str(user))
    page = app.test_client()
    with page.session_transaction() as session:
        session.update({"_user_id": str(user), "_fresh": True})
    program = app.test_client(use_cookies=False)
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return Stock(app, engine, page, program)


def _give_role(session: Any, user: int) -> None:
    role = session.execute(sa.text("SELECT id FROM ab_role WHERE name = :name"), {"name": ROLE}).scalar()
    if role is None:
        role = session.execute(
            sa.text("INSERT INTO ab_role (name) VALUES (:name) RETURNING id"), {"name": ROLE}
        ).scalar()
    row = {"user": user, "role": role}
    session.execute(sa.text("INSERT INTO ab_user_role (user_id, role_id) VALUES (:user, :role)"), row)
    session.commit()


def _models() -> tuple[Any, Any]:
    """The tables as somebody would map them; in a registry of their own, for the library's is shared by all applications."""
    base: Any = registry().generate_base()

    class Account(base):
        __tablename__ = "crm_account"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.String)
        quagga = sa.Column(sa.String)
        owner = sa.Column(sa.Integer)

        def __repr__(self) -> str:
            return str(self.name)

    class Deal(base):
        __tablename__ = "crm_opportunity"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.String)
        owner = sa.Column(sa.Integer)
        account_id = sa.Column("account", sa.Integer, sa.ForeignKey("crm_account.id"))
        customer = relationship(Account)

    return Account, Deal


def _own_id() -> int:
    return int(g.user.id)


def _add_views(builder: AppBuilder) -> None:
    account, deal = _models()
    own = [["owner", FilterEqualFunction, _own_id]]

    class AccountView(ModelView):  # type: ignore[misc]
        datamodel = SQLAInterface(account)
        base_filters = own
        list_columns = show_columns = edit_columns = add_columns = ["name"]  # noqa: RUF012

        @action("rename", "Rename", "Really?", multiple=True, single=True)
        def rename(self, items: Any) -> Any:
            for each in items if isinstance(items, list) else [items]:
                each.name = MARK
                self.datamodel.edit(each)
            return redirect("/")

    class DealView(ModelView):  # type: ignore[misc]
        datamodel = SQLAInterface(deal)
        base_filters = own
        list_columns = show_columns = ["name"]  # noqa: RUF012
        edit_columns = add_columns = ["name", "customer"]  # noqa: RUF012

    class AccountApi(ModelRestApi):  # type: ignore[misc]
        resource_name = "stock_account"
        datamodel = SQLAInterface(account)
        base_filters = own
        list_columns = show_columns = edit_columns = add_columns = ["name"]  # noqa: RUF012

    class DealApi(ModelRestApi):  # type: ignore[misc]
        resource_name = "stock_deal"
        datamodel = SQLAInterface(deal)
        base_filters = own
        list_columns = show_columns = ["name"]  # noqa: RUF012
        edit_columns = add_columns = ["name", "customer"]  # noqa: RUF012

    builder.add_view(AccountView, "Accounts")
    builder.add_view(DealView, "Deals")
    builder.add_api(AccountApi)
    builder.add_api(DealApi)
