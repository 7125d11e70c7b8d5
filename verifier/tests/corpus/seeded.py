"""Cases of contracts whose storage somebody else wrote: the right code, deployed with another constructor."""

from collections.abc import Iterator

import receipt as r
from tests.corpus.case import Case, Json
from tests.corpus.chain import DAY, RELAY, Chain, Complaint
from tests.corpus.lives import given


def cases(chain: Chain) -> Iterator[Case]:
    """All cases of this module; here the node writes the storage."""

    def seeded(
        complaint: Complaint, links: list[r.Link], *, status: int = r.OPEN, count: int | None = None, shown: int = 0
    ) -> Json:
        own = chain.deployment
        head = r.heads_of(own, complaint.id, links)[-1]
        deadline = links[0].time + own.default_sla
        number = len(links) if count is None else count
        value = int.from_bytes(head, "big") | number << 176 | deadline << 200 | status << 232
        slot = r.hex0x(r.slot_of(r.Slot("complaint", ()), complaint.id))
        chain.node.ask("anvil_setStorageAt", r.hex0x(own.contract), slot, r.hex0x(r.word(value)))
        chain.mine()
        complaint.prove()
        made = [
            {"sequence": each.sequence, "type": each.type, "actor": r.hex0x(each.actor), "time": each.time}
            | {"data": r.hex0x(each.data)}
            for each in links + [link(len(links) + 1, r.NOTED, links[-1].time)] * shown
        ]
        return {**complaint.receipt(is_opened=False), "links": made}

    relay = chain.address(RELAY)

    def link(sequence: int, kind: int, time: int) -> r.Link:
        return r.Link(sequence, kind, relay, time, r.keccak(b"%d" % sequence))

    now = chain.time
    for name, code, links, more in (
        ("impossible_state", "state:impossible", [link(1, r.CREATED, now)], {"status": 9}),
        ("no_links_but_a_state", "state:impossible", [link(1, r.CREATED, now)], {"count": 0}),
        ("first_link_no_filing", "complete:unlawful", [link(1, r.COMMENTED, now)], {}),
        ("two_filings", "complete:unlawful", [link(1, r.CREATED, now), link(2, r.CREATED, now)], {}),
        ("time_runs_back", "complete:unlawful", [link(1, r.CREATED, now), link(2, r.NOTED, now - 1)], {}),
        ("breach_left_out", "complete:unlawful", [link(1, r.CREATED, now - 90 * DAY), link(2, r.NOTED, now)], {}),
        ("wrong_escalation", "complete:unlawful", [link(1, r.CREATED, now - 90 * DAY), link(2, r.ESCALATED, now)], {}),
        ("wrong_status", "complete:state-differs", [link(1, r.CREATED, now)], {"status": r.CLOSED_STATUS}),
        ("link_after_the_block", "complete:later-link", [link(1, r.CREATED, now + 9 * DAY)], {}),
        ("first_link_of_two_no_filing", "prefix:unlawful", [link(1, r.COMMENTED, now)], {"shown": 1}),
        ("wrong_status_of_two_links", "prefix:state-differs", [link(1, r.CREATED, now)], {"status": 4, "shown": 1}),
        ("first_of_two_after_the_block", "prefix:later-link", [link(1, r.CREATED, now + 9 * DAY)], {"shown": 1}),
    ):
        complaint = Complaint(chain, name)
        receipt = seeded(complaint, links, **more)
        block = r.receipt_read(receipt).proofs[0].header
        assert block
        yield Case(
            name=f"{name}_contradicted",
            why="The contract's own code never writes this state: somebody deployed it with other storage.",
            receipt=receipt,
            trust=given(r.hex0x(block.hash)),
            says=(code,),
        )
    complaint = Complaint(chain, "false anchor")
    complaint.file()
    data = r.keccak(b"never anchored")
    anchor = r.hex0x(r.slot_of(r.Slot("evidence", (), data), complaint.id))
    value = r.hex0x(r.word(chain.time | 1 << 40))
    chain.node.ask("anvil_setStorageAt", r.hex0x(chain.deployment.contract), anchor, value)
    chain.mine()
    block_hash = complaint.prove({"of": "evidence", "data": r.hex0x(data)})
    yield Case(
        name="anchor_of_another_link_contradicted",
        why="The anchor names the filing. The contract's own code never writes that.",
        receipt=complaint.receipt(),
        trust=given(block_hash),
        says=("anchored:anchor-differs", "complete:complete"),
    )
