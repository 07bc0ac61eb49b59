"""Stock views and stock APIs of Flask-AppBuilder, one of each for an entity, as its manual shows them."""

from flask_appbuilder import ModelView
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.models.sqla.interface import SQLAInterface

from fab_app import models

OPPORTUNITY_COLUMNS = ["name", "account", "main_contact", "product", "stage", "amount", "close_date", "next_step"]
OPPORTUNITY_VALUES = [
    *("number", "name", "account", "main_contact", "product", "stage", "amount", "close_date", "sales_model", "source"),
    *("budget", "next_step", "next_step_date", "created_at", "updated_at"),
]
OPPORTUNITY_NESTED = [
    *("id", "number", "name", "account.id", "account.name", "main_contact.id", "main_contact.name"),
    *("product.id", "product.name", "stage", "amount", "close_date", "sales_model", "source", "budget", "next_step"),
    *("next_step_date", "created_at", "updated_at"),
]


class ContactView(ModelView):
    datamodel = SQLAInterface(models.Contact)
    list_columns = ["name", "title", "buying_role", "mobile", "email"]
    search_columns = ["name", "mobile", "email", "buying_role"]
    base_order = ("name", "asc")
    page_size = 25


class OpportunityView(ModelView):
    datamodel = SQLAInterface(models.Opportunity)
    list_columns = OPPORTUNITY_COLUMNS
    # A lookup among these would load its whole table into the page.
    search_columns = ["name", "number", "stage", "close_date"]
    base_order = ("close_date", "asc")
    page_size = 25


class AccountView(ModelView):
    datamodel = SQLAInterface(models.Account)
    related_views = [ContactView, OpportunityView]
    list_columns = [
        *("name", "level", "industry", "region", "follow_status", "main_contact", "contact_phone", "owner"),
        "updated_at",
    ]
    search_columns = ["name", "number", "level", "industry", "region"]
    show_template = "appbuilder/general/model/show_cascade.html"
    base_order = ("updated_at", "desc")
    page_size = 25


class ActivityView(ModelView):
    datamodel = SQLAInterface(models.Activity)
    list_columns = ["at", "kind", "subject", "account", "contact", "opportunity", "feedback", "owner"]
    search_columns = ["subject", "kind", "at"]
    base_order = ("at", "desc")
    page_size = 25


class OpportunityApi(ModelRestApi):
    resource_name = "opportunity"
    datamodel = SQLAInterface(models.Opportunity)
    list_columns = OPPORTUNITY_NESTED
    show_columns = OPPORTUNITY_NESTED
    add_columns = [*OPPORTUNITY_VALUES[:-2], "owner"]
    base_order = ("close_date", "asc")
    page_size = 25


def register(appbuilder):
    appbuilder.add_view(AccountView, "Accounts", category="Sales")
    appbuilder.add_view(ContactView, "Contacts", category="Sales")
    appbuilder.add_view(OpportunityView, "Opportunities", category="Sales")
    appbuilder.add_view(ActivityView, "Activities", category="Work")
    appbuilder.add_api(OpportunityApi)
