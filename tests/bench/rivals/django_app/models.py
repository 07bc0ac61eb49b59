"""The four entities of the comparison, with the fields and indexes of the standard pack, written by hand."""

from django.contrib.auth.models import User
from django.db import models


def choices(words):
    return [(word, word.replace("_", " ").capitalize()) for word in words.split()]


class Owned(models.Model):
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        abstract = True


class Product(models.Model):
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=40)

    def __str__(self):
        return self.name


class Competitor(models.Model):
    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


class Account(Owned):
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, choices=choices("enterprise individual"), default="enterprise")
    name = models.CharField(max_length=100, db_index=True)
    uscc = models.CharField(max_length=18, unique=True, null=True, blank=True)
    industry = models.CharField(
        max_length=20,
        choices=choices(
            "manufacturing finance education internet retail government healthcare logistics construction energy"
            " hospitality services agriculture other"
        ),
        db_index=True,
    )
    employees = models.BigIntegerField(null=True, blank=True)
    annual_revenue = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    size_class = models.CharField(max_length=20, choices=choices("large medium small"))
    region = models.CharField(
        max_length=20, choices=choices("north east south west overseas"), null=True, blank=True, db_index=True
    )
    address = models.CharField(max_length=200, null=True, blank=True)
    website = models.URLField(max_length=200, null=True, blank=True)
    parent_account = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="subsidiaries")
    main_contact = models.CharField(max_length=60, null=True, blank=True)
    contact_position = models.CharField(max_length=60, null=True, blank=True)
    contact_phone = models.CharField(max_length=40)
    contact_email = models.EmailField(null=True, blank=True)
    pain_points = models.TextField(max_length=2000, null=True, blank=True)
    preferences = models.TextField(max_length=2000, null=True, blank=True)
    coop_history = models.TextField(max_length=2000, null=True, blank=True)
    coop_intent = models.CharField(max_length=200, null=True, blank=True)
    expected_purchase = models.DateField(null=True, blank=True)
    contract_expiry = models.DateField(null=True, blank=True)
    level = models.CharField(max_length=1, choices=choices("a b c"), null=True, blank=True, db_index=True)
    customer_type = models.CharField(max_length=20, choices=choices("potential closed lost"), default="potential")
    coop_stage = models.CharField(
        max_length=20, choices=choices("before trial cooperating paused ended"), null=True, blank=True
    )
    follow_status = models.CharField(
        max_length=20, choices=choices("untouched following paused closed lost"), default="untouched", db_index=True
    )
    source = models.CharField(
        max_length=20,
        choices=choices("website exhibition partner referral online offline"),
        null=True,
        blank=True,
    )
    credit_limit = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    notes = models.TextField(max_length=1000, null=True, blank=True)

    def __str__(self):
        return self.name


class Contact(Owned):
    name = models.CharField(max_length=60, db_index=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts")
    title = models.CharField(max_length=60, null=True, blank=True)
    unit = models.CharField(max_length=60, null=True, blank=True)
    mobile = models.CharField(max_length=40, null=True, blank=True)
    phone = models.CharField(max_length=40, null=True, blank=True)
    email = models.EmailField(null=True, blank=True)
    wechat = models.CharField(max_length=40, null=True, blank=True)
    buying_role = models.CharField(
        max_length=20, choices=choices("decider influencer user approver"), null=True, blank=True, db_index=True
    )
    influence = models.CharField(max_length=20, choices=choices("high medium low"), null=True, blank=True)
    preferred_channel = models.CharField(
        max_length=20, choices=choices("phone mail meeting social"), null=True, blank=True
    )
    reports_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="direct_reports")
    birthday = models.DateField(null=True, blank=True)
    notes = models.TextField(max_length=1000, null=True, blank=True)

    def __str__(self):
        return self.name


class Opportunity(Owned):
    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120, db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="opportunities")
    stage = models.CharField(
        max_length=20,
        choices=choices("contact requirement proposal negotiation won lost"),
        default="contact",
        db_index=True,
    )
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True, db_index=True)
    close_date = models.DateField(null=True, blank=True, db_index=True)
    sales_model = models.CharField(max_length=20, choices=choices("direct channel"), default="direct")
    source = models.CharField(max_length=20, choices=choices("event referral marketing own"), null=True, blank=True)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="opportunities")
    main_contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="opportunities")
    decision_maker = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="decides")
    decision_stage = models.CharField(max_length=60, null=True, blank=True)
    budget = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    motive = models.TextField(max_length=1000, null=True, blank=True)
    competitor = models.ForeignKey(Competitor, models.SET_NULL, null=True, blank=True, related_name="opportunities")
    next_step = models.CharField(max_length=200, null=True, blank=True)
    next_step_date = models.DateField(null=True, blank=True)
    contract_number = models.CharField(max_length=40, null=True, blank=True)
    contract_amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    lost_reason = models.CharField(
        max_length=20, choices=choices("price rival budget timing function silent"), null=True, blank=True
    )
    notes = models.TextField(max_length=1000, null=True, blank=True)

    class Meta:
        unique_together = [("account", "name")]
        verbose_name_plural = "opportunities"

    def __str__(self):
        return self.name


class Activity(Owned):
    subject = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(
        max_length=20, choices=choices("call visit mail meeting note"), default="call", db_index=True
    )
    at = models.DateTimeField(db_index=True)
    duration = models.BigIntegerField(null=True, blank=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="activities")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="activities")
    opportunity = models.ForeignKey(Opportunity, models.SET_NULL, null=True, blank=True, related_name="activities")
    feedback = models.CharField(
        max_length=20, choices=choices("positive neutral negative"), null=True, blank=True
    )
    content = models.TextField(max_length=4000, null=True, blank=True)

    class Meta:
        verbose_name_plural = "activities"

    def __str__(self):
        return self.subject
