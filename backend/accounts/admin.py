"""Users in the admin. Tokens are not shown, since anyone who reads one can use it."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from accounts.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ["username", "role", "access", "opaque_id", "last_login", "date_joined"]
    ordering = ("-date_joined",)
    search_fields = ["username", "opaque_id"]
    readonly_fields = ["opaque_id"]
    fieldsets = [*(DjangoUserAdmin.fieldsets or []), ("API", {"fields": ["opaque_id"]})]

    @admin.display(description="role", ordering="is_staff")
    def role(self, user: User) -> str:
        if user.is_superuser:
            return "administrator"
        return "staff" if user.is_staff else "complainant"

    @admin.display(description="access", ordering="is_active")
    def access(self, user: User) -> str:
        return "can log in" if user.is_active else "locked out"
