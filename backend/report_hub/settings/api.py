"""REST framework, tokens, CORS and OpenAPI."""

from datetime import timedelta

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

from blockchain.protocol.kinds import ENTRIES, EventType, Status
from report_hub.settings.environment import env

JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", default="")
if len(JWT_SIGNING_KEY) < 32:
    raise ImproperlyConfigured("JWT_SIGNING_KEY must be set to at least 32 random characters")
if env.str("DJANGO_SECRET_KEY", default="") == JWT_SIGNING_KEY:
    raise ImproperlyConfigured("JWT_SIGNING_KEY must not be the same as DJANGO_SECRET_KEY")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["blockchain.common.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "blockchain.common.problem_details.exception_handler",
    "DEFAULT_THROTTLE_RATES": {
        # Login attempts: per address and account together; per address; and per account, from addresses unknown to it.
        "login": env.str("THROTTLE_LOGIN", default="5/min"),
        "login_address": env.str("THROTTLE_LOGIN_ADDRESS", default="30/min"),
        "login_account": env.str("THROTTLE_LOGIN_ACCOUNT", default="100/hour"),
    },
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
}
# Files, and bytes of evidence, that a user may upload in the given time.
EVIDENCE_UPLOAD_RATE = env.str("THROTTLE_EVIDENCE_UPLOAD", default="20/hour")
EVIDENCE_BYTES_PER_HOUR = env.int("EVIDENCE_BYTES_PER_HOUR", default=1024**3)

SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=env.int("JWT_ACCESS_SECONDS", default=600)),
    "REFRESH_TOKEN_LIFETIME": timedelta(seconds=env.int("JWT_REFRESH_SECONDS", default=86_400)),
    "USER_ID_FIELD": "opaque_id",
    "USER_ID_CLAIM": "sub",
    # A new password ends the logins that used the old one.
    "CHECK_REVOKE_TOKEN": True,
}

CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_HEADERS = (*default_headers, "idempotency-key", "if-match", "if-none-match", "if-range", "range")
CORS_EXPOSE_HEADERS = ("accept-ranges", "content-disposition", "content-range", "etag", "retry-after")

SPECTACULAR_SETTINGS = {
    "TITLE": "ComplaintRegistry",
    "DESCRIPTION": "Records every step of a complaint on an EVM chain. Errors are problem details (RFC 9457). A method "
    "that a path does not support returns 405, and `Allow` names the supported ones. Unknown fields are refused.",
    "VERSION": "2.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Fields that share a name but not their values; by default, a hash would name their schemas.
    "ENUM_NAME_OVERRIDES": {
        "EventTypeEnum": [kind.name for kind in EventType],
        "RecordedEventTypeEnum": [kind.name for kind in sorted(ENTRIES)],
        "EntryEventTypeEnum": "report.entries.KIND_NAMES",
        "ReportStatusEnum": "report.models.IssueReport.Status",
        "ChainStatusEnum": [status.name for status in Status],
        "WriteStateEnum": "blockchain.models.Write.State",
        "AnchoringStateEnum": ["anchored", "pending", "unknown"],
    },
}
