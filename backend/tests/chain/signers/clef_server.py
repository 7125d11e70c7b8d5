"""Clef with rules that approve everything, without `--advanced`: it then refuses whatever it would warn of.

After go-ethereum 1.17.3: `cmd/clef/README.md`, `signer/core/api.go`, `signer/core/apitypes` and `signer/fourbyte`. Its
database of selectors is empty here.
"""

from typing import Any

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_abi.grammar import parse
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from tests.chain.signers.key_server import KeyServer, Refusal, data_signature_of, quantity, raw_of

UNKNOWN_ACCOUNT = Refusal(-32000, "unknown account")
UINT64, UINT256 = 2**64, 2**256


def invalid(argument: int, why: str) -> Refusal:
    return Refusal(-32602, f"invalid argument {argument}: {why}")


def warned(message: str) -> Refusal:
    return Refusal(-32000, f"validation failed: {message}")


class ClefServer(KeyServer):
    def call(self, method: str, params: Any) -> Any:
        if method == "account_list":
            if params:
                raise Refusal(-32602, "too many arguments, want at most 0")
            return sorted(self.keys)
        if method == "account_signTransaction":
            return self._transaction(*params)
        if method == "account_signTypedData":
            return self._typed_data(*params)
        raise Refusal(-32601, f"the method {method} does not exist/is not available")

    def _transaction(self, given: dict[str, Any], selector: str | None = None) -> dict[str, Any]:
        sender, to = address(given["from"]), address(given["to"])
        limits = {"gas": UINT64, "nonce": UINT64, "value": UINT256, "chainId": UINT256}
        limits |= dict.fromkeys(("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"), UINT256)
        if unknown := given.keys() - limits.keys() - {"from", "to", "data", "input"}:
            # Go's decoder would drop them silently.
            raise invalid(0, f"unknown fields {unknown}")
        numbers = {}
        for name in limits.keys() & given.keys():
            numbers[name] = quantity(given[name], invalid(0, f"{name} is not a hex quantity"))
            if numbers[name] >= limits[name]:
                raise invalid(0, f"{name} is out of range")
        data = calldata(given)
        if to != to_checksum_address(to):
            raise warned("Invalid checksum on recipient address")
        self._fees(numbers)
        check_call(data, selector)
        if "chainId" in numbers and numbers["chainId"] != self.chain_id:
            raise Refusal(-32000, "requested chainid does not match the configuration of the signer")
        fields = {
            "to": to,
            "data": data,
            "chainId": self.chain_id,
            # As Go has them where they are missing.
            **{name: numbers.get(name, 0) for name in ("nonce", "gas", "value")},
            **{name: numbers[name] for name in numbers if "ee" in name or name == "gasPrice"},
        }
        raw = raw_of(fields, self.key_of(sender, UNKNOWN_ACCOUNT))
        return {"raw": raw, "tx": {"hash": "0x" + keccak(bytes.fromhex(raw[2:])).hex()}}

    def _fees(self, numbers: dict[str, int]) -> None:
        price, fee, tip = (name in numbers for name in ("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"))
        if not price and not fee:
            raise warned("Neither 'gasPrice' nor 'maxFeePerGas' specified.")
        if not price and not tip:
            raise warned("Neither 'gasPrice' nor 'maxPriorityFeePerGas' specified.")
        if price and (fee or tip):
            raise warned("Both 'gasPrice' and 'maxFeePerGas' specified.")

    def _typed_data(self, account: str, typed_data: Any) -> str:
        if not isinstance(typed_data, dict):
            raise invalid(1, "json: cannot unmarshal string into Go value of type apitypes.TypedData")
        types = typed_data["types"]
        for struct, values in (
            ("EIP712Domain", typed_data["domain"]),
            (typed_data["primaryType"], typed_data["message"]),
        ):
            if len(types[struct]) < len(values):
                raise Refusal(-32000, "there is extra data provided in the message")
            for member in types[struct]:
                size = member["type"].removeprefix("bytes")
                if size.isdigit() and len(bytes.fromhex(values[member["name"]][2:])) != int(size):
                    raise Refusal(-32000, "provided data doesn't match type")
        return data_signature_of(typed_data, self.key_of(address(account), UNKNOWN_ACCOUNT))


def address(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("0x") or len(value) != 42:
        raise invalid(0, "hex string has the wrong length for common.Address")
    return value


def calldata(given: dict[str, Any]) -> bytes:
    both = []
    for name in ("input", "data"):
        if name in given:
            if not given[name].startswith("0x"):
                raise invalid(0, "hex string without 0x prefix")
            both.append(bytes.fromhex(given[name][2:]))
    if len(set(both)) > 1:
        raise Refusal(-32000, 'ambiguous request: both "data" and "input" are set and are not identical')
    return both[0] if both else b""


def check_call(data: bytes, selector: str | None) -> None:
    """Calldata has to be what the function says that the caller named, to the byte."""
    if not data:
        return
    if len(data) < 4 or (len(data) - 4) % 32:
        raise warned("Transaction data is not valid ABI")
    if selector is None:
        raise warned("Transaction contains data, but the ABI signature could not be found")
    if keccak(selector.encode())[:4] != data[:4]:
        raise warned("Transaction contains data, but provided ABI signature could not be matched")
    arguments = parse(selector[selector.index("(") :])
    types = [each.to_type_str() for each in arguments.components]
    try:
        matches = encode(types, decode(types, data[4:])) == data[4:]
    except DecodingError:
        matches = False
    if not matches:
        raise warned("Transaction contains data, but provided ABI signature could not be verified")
