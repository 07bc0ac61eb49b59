"""The admin as its manual recommends it: columns, filters, search, lookups joined, foreign keys not as drop-downs."""

from django.contrib import admin

from django_app import models


class ContactsOfAccount(admin.TabularInline):
    model = models.Contact
    fk_name = "account"
    fields = ["name", "title", "buying_role", "mobile", "email"]
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True

    def has_change_permission(self, request, obj=None):
        return False


class OpportunitiesOfAccount(admin.TabularInline):
    model = models.Opportunity
    fields = ["name", "stage", "amount", "close_date", "owner"]
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True

    def has_change_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("owner")


@admin.register(models.Account)
class AccountAdmin(admin.ModelAdmin):
    """Opened for reading: no field is a control, as on the page that it is compared with."""

    list_display = [
        *("name", "level", "industry", "region", "follow_status", "main_contact", "contact_phone", "owner"),
        "updated_at",
    ]
    list_filter = ["level", "industry", "region", "follow_status", "size_class", "source"]
    list_select_related = ["owner"]
    list_per_page = 25
    search_fields = ["name", "number", "uscc", "main_contact", "contact_phone"]
    ordering = ["-updated_at"]
    inlines = [ContactsOfAccount, OpportunitiesOfAccount]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("owner", "parent_account")

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(models.Contact)
class ContactAdmin(admin.ModelAdmin):
    list_display = ["name", "account", "title", "buying_role", "mobile", "email", "preferred_channel", "owner"]
    list_filter = ["buying_role", "influence", "preferred_channel"]
    list_select_related = ["account", "owner"]
    list_per_page = 25
    search_fields = ["name", "mobile", "email"]
    ordering = ["name"]
    raw_id_fields = ["account", "reports_to", "owner"]


@admin.register(models.Opportunity)
class OpportunityAdmin(admin.ModelAdmin):
    list_display = ["name", "account", "main_contact", "product", "stage", "amount", "close_date", "next_step"]
    list_filter = ["stage", "source", "sales_model", "close_date"]
    list_select_related = ["account", "main_contact", "product"]
    list_per_page = 25
    search_fields = ["name", "number", "contract_number"]
    ordering = ["close_date", "id"]
    raw_id_fields = ["account", "product", "main_contact", "decision_maker", "competitor", "owner"]


@admin.register(models.Activity)
class ActivityAdmin(admin.ModelAdmin):
    list_display = ["at", "kind", "subject", "account", "contact", "opportunity", "feedback", "owner"]
    list_filter = ["kind", "feedback", "at"]
    list_select_related = ["account", "contact", "opportunity", "owner"]
    list_per_page = 25
    search_fields = ["subject", "content"]
    ordering = ["-at"]
    raw_id_fields = ["account", "contact", "opportunity", "owner"]


admin.site.register(models.Product)
admin.site.register(models.Competitor)
