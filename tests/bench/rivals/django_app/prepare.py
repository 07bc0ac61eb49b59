"""Makes the tables, the administrator and his token; prints the token."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "django_app.settings"
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.authtoken.models import Token

call_command("migrate", verbosity=0)
call_command("migrate", run_syncdb=True, verbosity=0)
admin = User.objects.create_superuser("admin", "admin@example.com", os.environ["BENCH_PASSWORD"], id=1000)
print(Token.objects.create(user=admin).key)
