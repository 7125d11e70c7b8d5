"""What the database says that the chain does not, and the other way round; read from anvil, past the backend."""

from blockchain.models import ChainEvent, ChainState, Complaint, ScanCursor, Write
from tests.chain_fixtures import Chain
from tests.faults.check import history
from tests.faults.raw import RawLink


def falsehoods(chain: Chain, *, whole: bool, up_to: int | None = None) -> list[str]:
    """What is stored and untrue; with `whole`, also what is true and not stored, of blocks up to `up_to`."""
    read = history(chain)
    links = {link._replace(nonce=None) for each in read.links.values() for link in each}
    stored = {RawLink(*row) for row in ChainEvent.objects.values_list(*RawLink._fields[:-1])}
    found = [f"an event that is not on the chain: {each}" for each in sorted(stored - links)]
    by_place = {(link.complaint_id, link.nonce): link for each in read.links.values() for link in each}
    writes = Write.objects.select_related("complaint")
    for write in writes.filter(state__in=(Write.State.MINED, Write.State.CONFIRMED)):
        link = by_place.get((write.complaint.complaint_id, write.nonce))
        if link is None or link.event_type != write.event_type:
            found.append(f"a write that is shown as landed, and has not: {write}")
        elif write.tx_hash and (link.tx_hash, link.block_hash) != (write.tx_hash, write.block_hash):
            found.append(f"a write that is shown elsewhere than where it landed: {write}")
    heads = {complaint_id: len(each) for complaint_id, each in read.links.items()}
    for state in ChainState.objects.filter(agrees=True):
        if state.event_count > heads.get(state.complaint_id, 0):
            found.append(f"a state that is said to agree and is ahead of the chain: {state.complaint_id}")
    found += [f"frozen: {each}" for each in Complaint.objects.exclude(frozen_reason="")]
    if not whole:
        return found
    read_late = (each for each in links - stored if up_to is None or each.block_number <= up_to)
    found += [f"on the chain, and not read: {each}" for each in sorted(read_late)]
    waiting = writes.exclude(state=Write.State.CONFIRMED)
    if up_to is not None:
        waiting = waiting.exclude(block_number__gt=up_to)
    found += [f"not final: {each} {each.state} {each.error_code}" for each in waiting]
    if not ScanCursor.objects.exists():
        found.append("no cursor")
    return found
