"""Ethereum addresses in request bodies."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from eth_utils import to_checksum_address
from rest_framework import serializers

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@extend_schema_field({"type": "string", "pattern": "^0x(?!0{40}$)[0-9a-fA-F]{40}$"})
class AddressField(serializers.Field):
    """An Ethereum address, in lower case or with an EIP-55 checksum. The value gets a checksum."""

    default_error_messages = {
        "invalid": "Must be an address: 0x and 40 hex digits, all lower case or with an EIP-55 checksum.",
        "zero": "Must not be the zero address.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not ADDRESS.fullmatch(data):
            self.fail("invalid")
        checksummed: str = to_checksum_address(data)
        if data not in (checksummed, data.lower()):
            self.fail("invalid")
        if int(data, 16) == 0:
            self.fail("zero")
        return checksummed

    def to_representation(self, value: str) -> str | None:
        return value or None
