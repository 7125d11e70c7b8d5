"""Times as in logs and in the API, in UTC: short, and the same for everybody."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"
