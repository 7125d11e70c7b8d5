"""The demo's walk: a complaint's whole life over HTTP, checked against the chain at every step."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from tools.stack import keys, proof, samples
from tools.stack.client import LOOK_INTERVAL, Client
from tools.stack.errors import StepFailed
from tools.stack.stack import COMPLAINANT, STAFF, Stack, User
from tools.stack.story import Story, short

OTHER_COMPLAINANT = User("neighbour", "NEIGHBOUR_PASSWORD")
USERS = [COMPLAINANT, OTHER_COMPLAINANT, STAFF]
PHOTO, LETTER = "pothole.jpg", "letter.pdf"
STATUS_CLOSED = 4
ESCALATE = "checkAndEscalate(bytes32)"
RECORD_SIGNED = "recordSigned((bytes32,bytes32,uint8,uint24),bytes22,address,uint40,bytes)"
LOG_OBJECTION = "logObjection(bytes32,address,bytes32,uint8,bytes)"
LANDING_SECONDS = 20.0


class Walk:
    """One complaint's life. Raises `StepFailed` at the first step without the expected result."""

    def __init__(self, stack: Stack, story: Story) -> None:
        self.stack, self.story = stack, story
        self.complainant = Client(stack.url)
        self.other = Client(stack.url)
        self.staff = Client(stack.url)
        self.photo = samples.photo()
        self.letter = samples.letter(["To the road authority:", "there is a pothole in front of number 12."])
        self.evidence = {PHOTO: self.photo, LETTER: self.letter}
        self.key = Account.create()  # the complainant's, fresh for this complaint
        self.tracking_id = self.complaint_id = ""
        self.report: Any = None
        # The numbers of links printed so far, by recorders and by others.
        self._told = self._others = 0

    def run(self) -> None:
        steps: list[Callable[[], None]] = [
            self.log_in,
            self.file,
            self.assign,
            self.work,
            self.anchor_evidence,
            self.verify_evidence,
            self.sign_as_an_officer,
            self.hold_and_resume,
            self.keep_strangers_out,
            self.miss_the_deadline,
            self.resolve_and_close,
            self.object,
            self.withhold_a_filing,
            self.read_the_trail,
            self.check_without_the_backend,
            self.tamper_and_rebuild,
        ]
        for step in steps:
            step()

    # The steps, in order

    def log_in(self) -> None:
        self.story.step("Two complainants and an officer log in")
        for client, user in ((self.complainant, COMPLAINANT), (self.other, OTHER_COMPLAINANT), (self.staff, STAFF)):
            client.login(username=user.username, password=self.stack.settings[user.password_variable])
        me = self.staff.get("/api/users/me/").expect(200)
        self.story.check(me["is_staff"] is True, "each has a token; the officer's is a staff token")

    def file(self) -> None:
        self.story.step("A complainant files a complaint")
        filed = {
            "issue_title": "Pothole in front of number 12",
            "location": "Mill Lane 12",
            "issue_description": "About half a metre wide, and deep enough to break a wheel.",
            "complainant_address": self.key.address,
        }
        report = self.report = self.complainant.post("/api/reports/", filed).expect(201)
        self.tracking_id, self.complaint_id = report["tracking_id"], report["complaint_id"]
        self.story.tell(f"tracking id {self.tracking_id}, on the chain known as {short(self.complaint_id)}")
        self.story.check(report["status"] == "pending", "the response is the receipt, at once; the chain follows")
        computed = proof.complaint_id(report)
        self.story.check(computed == self.complaint_id, "the id commits to what was filed, and to who may object")
        self._links("CREATED")
        self.story.tell(f"the filing itself set the deadline: {self._status()['sla']['deadline']}")

    def assign(self) -> None:
        self.story.step("The officer takes it on as urgent")
        before = self._status()["sla"]["deadline"]
        self._patch({"assigned_to": STAFF.username, "priority": "urgent"})
        self._links("STATUS_UPDATED", "ASSIGNED", "SLA_DEADLINE_SET")
        deadline = self._status()["sla"]["deadline"]
        self.story.check(deadline < before, f"the deadline is now {deadline} instead of {before}", but=deadline)

    def work(self) -> None:
        self.story.step("The officer works on it, and both comment")
        self._patch({"status": "in_progress"})
        comments = f"/api/reports/{self.tracking_id}/comments/"
        self.staff.post(comments, {"text": "A crew comes this week."}).expect(201)
        self.complainant.post(comments, {"text": "Thank you. Photo and letter follow."}).expect(201)
        self._links("STATUS_UPDATED", "COMMENTED", "COMMENTED")
        listed = self.complainant.get(comments).expect(200)
        self.story.check(listed["count"] == 2, "both can read both comments")

    def anchor_evidence(self) -> None:
        self.story.step("The complainant uploads a photo and a letter")
        evidence = f"/api/blockchain/reports/{self.tracking_id}/evidence/"
        files = ((PHOTO, self.photo, "image/jpeg"), (LETTER, self.letter, "application/pdf"))
        stored = []
        for name, content, media_type in files:
            answer = self.complainant.upload(evidence, name=name, content=content, media_type=media_type)
            stored.append(answer.expect(202))
            self.story.tell(f"{name}: {len(content):,} bytes, CID {short(stored[-1]['ipfs_cid'])}")
        self._links("EVIDENCE_ANCHORED", "EVIDENCE_ANCHORED")
        for record, (name, content, _) in zip(stored, files, strict=True):
            sent = self.staff.get(f"{evidence}{record['id']}/content/").expect(200)
            self.story.check(sent == content, f"{name} comes back byte for byte")

    def verify_evidence(self) -> None:
        self.story.step("Anyone who may see the report checks a file against the chain")
        for name, content in ((PHOTO, self.photo), (LETTER, self.letter)):
            true = self._verify(name, content)
            when = f"anchored at {true['anchored_at']} as link {true['sequence']}"
            self.story.check(true["verified"] is True, f"{name} is verified: {when}", but=true)
            false = self._verify(name, samples.flipped(content))
            self.story.check(
                (false["verified"], false["state"]) == (False, "unknown"),
                f"{name} with one bit flipped is not",
                but=false,
            )

    def sign_as_an_officer(self) -> None:
        self.story.step("The officer signs a comment with their own key")
        key = Account.from_key(keys.officer_key())
        entry = self.staff.post(
            "/api/blockchain/entries/",
            {
                "tracking_id": self.tracking_id,
                "event_type": "COMMENTED",
                "changes": {"comment": "I have seen it myself."},
                "actor": key.address,
            },
        ).expect(201)
        self.story.tell(f"prepared under nonce {entry['nonce']}, which waits ten minutes for the signature")
        signature = _signature(key, entry["typed_data"])
        self.staff.put(f"/api/blockchain/entries/{entry['id']}/signature/", {"signature": signature}).expect(200)
        self._links("COMMENTED")
        link = self._trail()["events"][-1]
        self.story.check(link["actor"] == key.address, f"the link is the officer's: {key.address}", but=link["actor"])

    def hold_and_resume(self) -> None:
        self.story.step("Work waits for a part, then resumes")
        self._patch({"status": "on_hold"})
        self._links("SLA_PAUSED")
        clock = self._status()["sla"]
        self.story.check(
            clock["paused"] is True, f"the clock is stopped with {clock['remaining_seconds']:,} s left", but=clock
        )
        self._patch({"status": "in_progress"})
        self._links("SLA_RESUMED")
        clock = self._status()["sla"]
        self.story.check(clock["paused"] is False, f"it runs again, to {clock['deadline']}", but=clock)

    def keep_strangers_out(self) -> None:
        self.story.step("Strangers and forbidden changes are refused")
        for path in (f"/api/reports/{self.tracking_id}/", f"/api/blockchain/reports/{self.tracking_id}/audit-trail/"):
            status = self.other.get(path).status
            self.story.check(
                status == 404, f"the neighbour asks for {path.replace(self.tracking_id, '…')}: 404", but=status
            )
        status = self.complainant.patch(f"/api/reports/{self.tracking_id}/", {"status": "resolved"}).status
        self.story.check(status == 403, "the complainant resolves it themselves: 403", but=status)
        answer = self.staff.patch(f"/api/reports/{self.tracking_id}/", {"status": "pending"})
        self.story.check(answer.status == 409, f"in_progress → pending: 409, “{answer.body.get('detail')}”", but=answer)

    def miss_the_deadline(self) -> None:
        self.story.step("The deadline passes")
        state = proof.read_contract(
            url=self.stack.chain.url, contract=self.stack.contract, complaint_id=self.complaint_id
        )
        self.stack.chain.warp(state.deadline + 60)
        self.story.tell("the chain's clock is moved to a minute after it")
        told = self.stack.manage("check_sla", "--dry-run").strip().splitlines()
        self.story.check(told[-1] == "1 overdue, nothing sent", f"check_sla --dry-run: {told[-1]}", but="; ".join(told))
        self._send(ESCALATE, self.complaint_id)
        self._others += 1
        self.story.tell("anyone may record the breach; a stranger does, from an account without any role")
        self._read_back(self.tracking_id, lambda status: status["sla"]["escalations"] == 1)
        clock = self._status()["sla"]
        self.story.check(
            clock["level"] == 1, f"escalation level 1; the next deadline is {clock['deadline']}", but=clock
        )

    def resolve_and_close(self) -> None:
        self.story.step("The officer repairs the road and closes the case")
        self._patch({"status": "resolved"})
        self._patch({"status": "closed"})
        self._links("RESOLVED", "CLOSED")
        answer = self.complainant.post(f"/api/reports/{self.tracking_id}/comments/", {"text": "Once more…"})
        self.story.check(answer.status == 409, "a closed report accepts no more comments: 409", but=answer)

    def object(self) -> None:
        self.story.step("The complainant disagrees, and objects on the chain")
        payload = proof.objection(by=self.key.address, text="It is open again after the first rain.")
        salt, data = proof.commit(payload)
        signature = _signature(self.key, proof.objection_typed_data(self._trail(), data=data, number=0))
        subject = proof.subject(self.report)
        self._send(LOG_OBJECTION, subject, self.key.address, data, "0", signature)
        self._others += 1
        self.story.tell(
            f"signed with the key named in the filing, sent by a stranger: {short(data)}, salt {short(salt)}"
        )
        self._read_back(self.tracking_id, lambda status: status["objections"] == 1)
        self.story.check(True, "it is on the chain, although the operator has closed the complaint")

    def withhold_a_filing(self) -> None:
        self.story.step("The operator withholds a filing, and the complainant records it alone")
        self.stack.stop_relay()
        filed = {
            "issue_title": "The same pothole, again",
            "location": "Mill Lane 12",
            "issue_description": "The patch did not hold.",
        }
        report = self.other.post("/api/reports/", filed).expect(201)
        promise = report["promise"]
        self.story.check(
            promise is not None, "the response has a promise: the signed filing", but=report["promise_reason"]
        )
        complaint = report["complaint_id"]
        empty = proof.read_contract(url=self.stack.chain.url, contract=self.stack.contract, complaint_id=complaint)
        self.story.check(empty.event_count == 0, "the relay is stopped, and the filing is not on the chain", but=empty)
        entry = f"({complaint},{promise['data']},0,{promise['nonce']})"
        arguments = (promise["head"], promise["actor"], f"{promise['valid_until']}", promise["signature"])
        self._send(RECORD_SIGNED, entry, *arguments)
        filed_there = proof.read_contract(
            url=self.stack.chain.url, contract=self.stack.contract, complaint_id=complaint
        )
        self.story.check(filed_there.event_count == 1, "anyone with the promise and some ether can record it")
        self.stack.start_relay()
        self._read_back(
            report["tracking_id"], lambda status: [each["state"] for each in status["transactions"]] == ["confirmed"]
        )
        self.story.check(True, "when the relay runs again, it finds its write on the chain and sends nothing")

    def read_the_trail(self) -> None:
        self.story.step("The audit trail, checked against the contract at the time of the request")
        trail = self._trail()
        good = [event for event in trail["events"] if event["verified_on_chain"] is True]
        self.story.check(
            len(good) == trail["total_events"] == self._told + self._others,
            f"{len(good)} events, each verified on the chain",
            but=[event["problem"] for event in trail["events"]],
        )
        self.story.check(trail["complete"] is True, "nothing is missing or surplus", but=trail["complete_reason"])
        self.story.check(trail["report_matches"] is True, "the report matches the commitments", but=trail["mismatches"])
        self.story.check(trail["pending"] == [], "no write is waiting", but=trail["pending"])

    def check_without_the_backend(self) -> None:
        self.story.step("The same check, without the backend")
        trail = self._trail()
        state = proof.read_contract(
            url=self.stack.chain.url, contract=self.stack.contract, complaint_id=self.complaint_id
        )
        self.story.tell(f"cast call getComplaint: head {state.head}, {state.event_count} events")
        self.story.check(state.head == trail["head"], "the head is the one in the trail", but=trail["head"])
        head = proof.recomputed_head(trail)
        self.story.check(state.head == head, "the head recomputed from the trail's events is the same", but=head)
        self.story.check(
            (state.event_count, state.status, state.escalations, state.objections)
            == (trail["total_events"], STATUS_CLOSED, 1, 1),
            "so are the number of links, the status CLOSED, one missed deadline and one objection",
            but=state,
        )

    def tamper_and_rebuild(self) -> None:
        self.story.step("Someone with access to the database back-dates an event")
        self._sql(
            "UPDATE complaint_registry_chainevent SET timestamp = timestamp - 86400 "
            "WHERE complaint_id = ? AND sequence = 3",
            self.complaint_id,
        )
        trail = self._trail()
        wrong = [event["sequence"] for event in trail["events"] if event["verified_on_chain"] is not True]
        self.story.check(wrong == [3], "the audit trail names it: event 3 differs from the chain", but=wrong)
        self.stack.manage("rebuild_cache")
        # The relay reads events too, and may be the one that finishes.
        self.complainant.writes_landed(self.tracking_id)
        trail = self._trail()
        held = trail["complete"] is True and all(event["verified_on_chain"] for event in trail["events"])
        self.story.check(held, "rebuild_cache reads the chain again: all events verified", but=trail["complete_reason"])

    # Shared by the steps

    def _links(self, *expected: str) -> None:
        """Waits for the new links of the report, checks that they are the `expected` ones, and prints them."""
        writes = self.complainant.writes_landed(self.tracking_id)[self._told :]
        self._told += len(writes)
        for write in writes:
            self.story.link(write)
        types = tuple(write["event_type"] for write in writes)
        self.story.check(types == expected, "on the chain", but=types)

    def _send(self, function: str, *arguments: str) -> None:
        """Sends a stranger's transaction directly to the contract."""
        proof.send(
            url=self.stack.chain.url,
            contract=self.stack.contract,
            key=keys.stranger_key(),
            function=function,
            arguments=arguments,
        )

    def _read_back(self, tracking_id: str, is_there: Callable[[Any], bool]) -> None:
        """Waits until the backend has read a link that somebody else put on the chain."""
        deadline = time.monotonic() + LANDING_SECONDS
        while not is_there(status := self.staff.get(f"/api/blockchain/reports/{tracking_id}/status/").expect(200)):
            if time.monotonic() > deadline:
                raise StepFailed(f"not read back after {LANDING_SECONDS:g} s: {status}")
            time.sleep(LOOK_INTERVAL)

    def _patch(self, changes: dict[str, Any]) -> None:
        self.staff.patch(f"/api/reports/{self.tracking_id}/", changes).expect(200)

    def _status(self) -> Any:
        return self.complainant.get(f"/api/blockchain/reports/{self.tracking_id}/status/").expect(200)

    def _trail(self) -> Any:
        return self.complainant.get(f"/api/blockchain/reports/{self.tracking_id}/audit-trail/").expect(200)

    def _verify(self, name: str, content: bytes) -> Any:
        path = f"/api/blockchain/reports/{self.tracking_id}/evidence/verify/"
        return self.complainant.upload(path, name=name, content=content, media_type="").expect(200)

    def _sql(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self.stack.database, timeout=20)) as database, database:
            database.execute(statement, values)


def _signature(key: LocalAccount, typed_data: dict[str, Any]) -> str:
    """The signature of EIP-712 typed data, `0x` hex."""
    return "0x" + bytes(key.sign_message(encode_typed_data(full_message=typed_data)).signature).hex()
