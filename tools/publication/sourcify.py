"""Sourcify's API, version 2: `services/server/src/apiv2.yaml` in argotorg/sourcify."""

from dataclasses import dataclass

from tools.deployment.connection import redact
from tools.deployment.errors import DeploymentError
from tools.publication.service import LaterError, Publication, Reply, Service
from tools.publication.standard_json import IDENTIFIER

URL = "https://sourcify.dev/server"
OK, ACCEPTED, NOT_FOUND, CONFLICT = 200, 202, 404, 409
ALREADY = "already_verified"


@dataclass(kw_only=True)
class Sourcify(Service):
    """Needs no key."""

    url: str = URL

    def submit(self, publication: Publication) -> str | None:
        artifact = publication.artifact
        reply = self.ask(
            "POST",
            f"{self.url}/v2/verify/{artifact.chain_id}/{artifact.address}",
            json={
                "stdJsonInput": publication.standard_json,
                "compilerVersion": artifact.compiler["version"],
                "contractIdentifier": IDENTIFIER,
                "creationTransactionHash": artifact.tx_hash,
            },
        )
        if reply.status == CONFLICT and reply.body.get("customCode") == ALREADY:
            return None
        request = reply.body.get("verificationId")
        if reply.status != ACCEPTED or not isinstance(request, str):
            raise _refused(reply)
        return request

    def result(self, request: str, publication: Publication) -> str:
        reply = self.ask("GET", f"{self.url}/v2/verify/{request}")
        if reply.status == NOT_FOUND:
            raise LaterError("the service does not know the request yet")
        if reply.status != OK:
            raise _refused(reply)
        if reply.body.get("isJobCompleted") is not True:
            raise LaterError("the service compiles the source")
        error, contract = reply.body.get("error"), reply.body.get("contract")
        if isinstance(error, dict):
            if error.get("customCode") == ALREADY:
                return "verified already"
            raise _refused(Reply(status=reply.status, body=error))
        match = contract.get("match") if isinstance(contract, dict) else None
        if match == "exact_match":
            return "verified: the code and the metadata of the source are those on the chain (exact match)"
        if match == "match":
            return "verified: the code is that on the chain, but not the metadata of the source (match)"
        raise DeploymentError("the service says neither that the source matches nor why not")


def _refused(reply: Reply) -> DeploymentError:
    code, message = (redact(str(reply.body.get(name, ""))) for name in ("customCode", "message"))
    return DeploymentError(f"the service refuses: {code or f'HTTP status {reply.status}'}: {message}")
