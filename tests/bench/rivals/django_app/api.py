"""The REST side, as the manual of Django REST framework shows it: model serializers, nested lookups, joined in one query."""

import uuid

from rest_framework import routers, serializers, viewsets

from django_app import models


class Label(serializers.ModelSerializer):
    label = serializers.CharField(source="name")


class AccountLabel(Label):
    class Meta:
        model = models.Account
        fields = ["id", "label"]


class ContactLabel(Label):
    class Meta:
        model = models.Contact
        fields = ["id", "label"]


class ProductLabel(Label):
    class Meta:
        model = models.Product
        fields = ["id", "label"]


class OpportunityRow(serializers.ModelSerializer):
    account = AccountLabel()
    main_contact = ContactLabel()
    product = ProductLabel()

    class Meta:
        model = models.Opportunity
        fields = [
            *("id", "number", "name", "account", "main_contact", "product", "stage", "amount", "close_date"),
            *("sales_model", "source", "budget", "next_step", "next_step_date", "created_at", "updated_at"),
        ]


class OpportunityForm(serializers.ModelSerializer):
    class Meta:
        model = models.Opportunity
        fields = [
            *("id", "number", "name", "account", "main_contact", "product", "stage", "amount", "close_date"),
            *("sales_model", "source", "budget", "next_step", "next_step_date", "created_at", "updated_at"),
        ]
        read_only_fields = ["number"]


class Opportunities(viewsets.ModelViewSet):
    queryset = models.Opportunity.objects.select_related("account", "main_contact", "product").order_by("close_date", "id")

    def get_serializer_class(self):
        return OpportunityForm if self.action == "create" else OpportunityRow

    def perform_create(self, serializer):
        # The number that the other side takes from its sequence costs nothing here.
        serializer.save(owner=self.request.user, number=uuid.uuid4().hex[:20])


router = routers.SimpleRouter()
router.register("opportunity", Opportunities)
