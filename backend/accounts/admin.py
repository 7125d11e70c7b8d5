"""Users in the admin. Tokens are not shown there: who reads one can use it."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.models import User

admin.site.unregister([BlacklistedToken, OutstandingToken])


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ["username", "is_staff", "is_active", "opaque_id", "last_login"]
    search_fields = ["username", "opaque_id"]
    readonly_fields = ["opaque_id"]
    fieldsets = [*(DjangoUserAdmin.fieldsets or []), ("API", {"fields": ["opaque_id"]})]
