"""Etherscan's API, version 2 (docs.etherscan.io/contract-verification), which other explorers speak too.

It tells what happened in words, and in the words only. Those are known from its documentation and from the clients that
understand them; an unknown word is a refusal.
"""

import json
from dataclasses import dataclass, field

from tools.deployment.connection import redact
from tools.deployment.errors import DeploymentError
from tools.publication.service import LaterError, Publication, Reply, Service
from tools.publication.standard_json import IDENTIFIER

VERIFIED = "1"
MIT = "3"
ALREADY = ("already verified",)
PENDING = ("pending in queue", "in progress")
# The explorer has not seen the contract yet.
UNSEEN = (
    "unable to locate contractcode",
    "is not a smart contract",
    "is not a smart-contract",
    "contract does not exist",
)
BUSY = ("rate limit",)


@dataclass(kw_only=True)
class Etherscan(Service):
    """`key`: of the operator's account with the explorer. It is sent to `url`, and shown nowhere."""

    key: str = field(repr=False)

    def submit(self, publication: Publication) -> str | None:
        artifact = publication.artifact
        arguments = artifact.parameters().encoded().hex()
        reply = self.ask(
            "POST",
            self.url,
            params=self._query(publication, "verifysourcecode"),
            data={
                "apikey": self.key,
                "contractaddress": artifact.address,
                "sourceCode": json.dumps(publication.standard_json),
                "codeformat": "solidity-standard-json-input",
                "contractname": IDENTIFIER,
                "compilerversion": f"v{artifact.compiler['version']}",
                # Etherscan itself reads the first spelling, others the second.
                "constructorArguements": arguments,
                "constructorArguments": arguments,
                "licenseType": MIT,
            },
        )
        text = _text(reply)
        if _says(text, ALREADY):
            return None
        if reply.body.get("status") == VERIFIED and text:
            return text
        raise self._refused(text)

    def result(self, request: str, publication: Publication) -> str:
        query = self._query(publication, "checkverifystatus") | {"guid": request, "apikey": self.key}
        reply = self.ask("GET", self.url, params=query)
        text = _text(reply)
        if _says(text, ALREADY):
            return "verified already"
        if reply.body.get("status") == VERIFIED and _says(text, ("pass",)):
            return "verified: the explorer's compiler makes the code on the chain of the source"
        if _says(text, PENDING):
            raise LaterError("the explorer compiles the source")
        raise self._refused(text)

    def _query(self, publication: Publication, action: str) -> dict[str, str]:
        return {"chainid": str(publication.artifact.chain_id), "module": "contract", "action": action}

    def _refused(self, text: str) -> LaterError | DeploymentError:
        shown = redact(text.replace(self.key, "***"))
        if _says(text, BUSY):
            return LaterError(f"the explorer says: {shown}")
        if _says(text, UNSEEN):
            return LaterError(f"the explorer does not see the contract yet: {shown}")
        return DeploymentError(f"the explorer refuses: {shown or 'without a reason'}")


def _text(reply: Reply) -> str:
    result = reply.body.get("result")
    return result if isinstance(result, str) else str(reply.body.get("message") or f"HTTP status {reply.status}")


def _says(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text.lower() for word in words)
