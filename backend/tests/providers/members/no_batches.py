"""A gateway without batches."""

from tests.providers.member import Asked, Member, Reply, error_reply


class Provider(Member):
    does = "all batches are refused with one error object"
    seen = "jsonrpsee 644, reverse proxies with allow-lists"

    def refused(self, asked: Asked) -> Reply | None:
        return error_reply(-32600, "batch requests are not supported") if isinstance(asked, list) else None
