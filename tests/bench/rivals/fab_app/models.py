"""The same four entities for Flask-AppBuilder, written by hand: its own Model, declared columns and relationships."""

import datetime

import sqlalchemy as sa
from flask_appbuilder import Model
from sqlalchemy.orm import relationship


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def key(target, nullable=True):
    return sa.Column(sa.BigInteger, sa.ForeignKey(f"{target}.id"), nullable=nullable, index=True)


BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MONEY = sa.Numeric(18, 4)


class Person(Model):
    __tablename__ = "person"
    id = sa.Column(BIG_ID, primary_key=True)
    login = sa.Column(sa.String(60), nullable=False, unique=True)
    name = sa.Column(sa.String(60), nullable=False)

    def __repr__(self):
        return self.name


class Product(Model):
    __tablename__ = "product"
    id = sa.Column(BIG_ID, primary_key=True)
    name = sa.Column(sa.String(100), nullable=False)
    code = sa.Column(sa.String(40))

    def __repr__(self):
        return self.name


class Competitor(Model):
    __tablename__ = "competitor"
    id = sa.Column(BIG_ID, primary_key=True)
    name = sa.Column(sa.String(100), nullable=False)

    def __repr__(self):
        return self.name


class Account(Model):
    __tablename__ = "account"
    id = sa.Column(BIG_ID, primary_key=True)
    owner_id = key("person", nullable=False)
    owner = relationship(Person)
    created_at = sa.Column(sa.DateTime, default=now, nullable=False)
    updated_at = sa.Column(sa.DateTime, default=now, onupdate=now, nullable=False, index=True)
    number = sa.Column(sa.String(20), unique=True)
    kind = sa.Column(sa.String(20), nullable=False)
    name = sa.Column(sa.String(100), nullable=False, index=True)
    uscc = sa.Column(sa.String(18), unique=True)
    industry = sa.Column(sa.String(20), nullable=False, index=True)
    employees = sa.Column(sa.BigInteger)
    annual_revenue = sa.Column(MONEY)
    size_class = sa.Column(sa.String(20), nullable=False)
    region = sa.Column(sa.String(20), index=True)
    address = sa.Column(sa.String(200))
    website = sa.Column(sa.String(200))
    parent_account_id = key("account")
    parent_account = relationship("Account", remote_side=[id])
    main_contact = sa.Column(sa.String(60))
    contact_position = sa.Column(sa.String(60))
    contact_phone = sa.Column(sa.String(40), nullable=False)
    contact_email = sa.Column(sa.String(254))
    pain_points = sa.Column(sa.Text)
    preferences = sa.Column(sa.Text)
    coop_history = sa.Column(sa.Text)
    coop_intent = sa.Column(sa.String(200))
    expected_purchase = sa.Column(sa.Date)
    contract_expiry = sa.Column(sa.Date)
    level = sa.Column(sa.String(1), index=True)
    customer_type = sa.Column(sa.String(20))
    coop_stage = sa.Column(sa.String(20))
    follow_status = sa.Column(sa.String(20), index=True)
    source = sa.Column(sa.String(20))
    credit_limit = sa.Column(MONEY)
    notes = sa.Column(sa.Text)

    def __repr__(self):
        return self.name


class Contact(Model):
    __tablename__ = "contact"
    id = sa.Column(BIG_ID, primary_key=True)
    owner_id = key("person", nullable=False)
    owner = relationship(Person)
    created_at = sa.Column(sa.DateTime, default=now, nullable=False)
    updated_at = sa.Column(sa.DateTime, default=now, onupdate=now, nullable=False, index=True)
    name = sa.Column(sa.String(60), nullable=False, index=True)
    account_id = key("account", nullable=False)
    account = relationship(Account, backref="contacts")
    title = sa.Column(sa.String(60))
    unit = sa.Column(sa.String(60))
    mobile = sa.Column(sa.String(40))
    phone = sa.Column(sa.String(40))
    email = sa.Column(sa.String(254))
    wechat = sa.Column(sa.String(40))
    buying_role = sa.Column(sa.String(20), index=True)
    influence = sa.Column(sa.String(20))
    preferred_channel = sa.Column(sa.String(20))
    reports_to_id = key("contact")
    reports_to = relationship("Contact", remote_side=[id])
    birthday = sa.Column(sa.Date)
    notes = sa.Column(sa.Text)

    def __repr__(self):
        return self.name


class Opportunity(Model):
    __tablename__ = "opportunity"
    __table_args__ = (sa.UniqueConstraint("account_id", "name"),)
    id = sa.Column(BIG_ID, primary_key=True)
    owner_id = key("person", nullable=False)
    owner = relationship(Person)
    created_at = sa.Column(sa.DateTime, default=now, nullable=False)
    updated_at = sa.Column(sa.DateTime, default=now, onupdate=now, nullable=False, index=True)
    number = sa.Column(sa.String(20), unique=True)
    name = sa.Column(sa.String(120), nullable=False, index=True)
    account_id = key("account", nullable=False)
    account = relationship(Account, backref="opportunities")
    stage = sa.Column(sa.String(20), nullable=False, default="contact", index=True)
    amount = sa.Column(MONEY, index=True)
    close_date = sa.Column(sa.Date, index=True)
    sales_model = sa.Column(sa.String(20), default="direct")
    source = sa.Column(sa.String(20))
    product_id = key("product")
    product = relationship(Product)
    main_contact_id = key("contact")
    main_contact = relationship(Contact, foreign_keys=[main_contact_id])
    decision_maker_id = key("contact")
    decision_maker = relationship(Contact, foreign_keys=[decision_maker_id])
    decision_stage = sa.Column(sa.String(60))
    budget = sa.Column(MONEY)
    motive = sa.Column(sa.Text)
    competitor_id = key("competitor")
    competitor = relationship(Competitor)
    next_step = sa.Column(sa.String(200))
    next_step_date = sa.Column(sa.Date)
    contract_number = sa.Column(sa.String(40))
    contract_amount = sa.Column(MONEY)
    lost_reason = sa.Column(sa.String(20))
    notes = sa.Column(sa.Text)

    def __repr__(self):
        return self.name


class Activity(Model):
    __tablename__ = "activity"
    id = sa.Column(BIG_ID, primary_key=True)
    owner_id = key("person", nullable=False)
    owner = relationship(Person)
    created_at = sa.Column(sa.DateTime, default=now, nullable=False)
    updated_at = sa.Column(sa.DateTime, default=now, onupdate=now, nullable=False, index=True)
    subject = sa.Column(sa.String(120), nullable=False, index=True)
    kind = sa.Column(sa.String(20), nullable=False, index=True)
    at = sa.Column(sa.DateTime, nullable=False, index=True)
    duration = sa.Column(sa.BigInteger)
    account_id = key("account", nullable=False)
    account = relationship(Account)
    contact_id = key("contact")
    contact = relationship(Contact)
    opportunity_id = key("opportunity")
    opportunity = relationship(Opportunity)
    feedback = sa.Column(sa.String(20))
    content = sa.Column(sa.Text)

    def __repr__(self):
        return self.subject
