"""Stores the links that were read in the cache, as events and states, and matches them with writes."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from blockchain.chain.artifact import Deployment
from blockchain.indexer.states import Numbered, chunks, state_new, states_load, states_save
from blockchain.landing import links_apply
from blockchain.models import ChainEvent, ChainState
from blockchain.models.bulk import rows_insert_new
from blockchain.protocol.kinds import is_entry
from blockchain.protocol.links import Link

logger = logging.getLogger("blockchain.indexer")

# The same names on a link and on its row.
EVENT_FIELDS = Link._fields


def links_store(links: Sequence[Link], *, deployment: Deployment) -> set[str]:
    """Stores links and what follows from them, in the caller's transaction. Idempotent. Returns their complaints."""
    fresh: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        fresh[link.complaint_id].append(link)
    links_insert(links)
    known = states_load(fresh)
    numbered: list[Numbered] = []
    anew, folded = [], []
    # In the order of the ids, in which rows are locked.
    for complaint_id, own in sorted(fresh.items()):
        own.sort(key=_sequence)
        state = known.get(complaint_id) or state_new(deployment)
        first = state.state.event_count + 1
        if [link.sequence for link in own] != list(range(first, first + len(own))):
            anew.append(complaint_id)
            continue
        numbered += state.add(own, deployment)
        folded.append((complaint_id, state))
    states_save(folded)
    _land(numbered)
    complaints_fold(anew, deployment=deployment)
    return set(fresh)


def links_insert(links: Sequence[Link]) -> None:
    """Stores links that are not stored yet, in the caller's transaction."""
    # In the order of the unique key, which a database takes a fifth faster than that of the chain.
    rows_insert_new(ChainEvent, EVENT_FIELDS, sorted(links))


def complaints_fold(complaint_ids: Iterable[str], *, deployment: Deployment, keep_empty: bool = False) -> None:
    """Folds complaints anew from all their stored links, in the caller's transaction.

    Without any, they are as if never read; or, with `keep_empty`, they have a state that says so and that agrees with
    nothing.
    """
    for some in chunks(complaint_ids):
        stored: dict[str, list[Link]] = defaultdict(list)
        rows = ChainEvent.objects.filter(complaint_id__in=some).order_by("complaint_id", "sequence")
        for row in rows.values_list(*EVENT_FIELDS):
            stored[row[0]].append(Link(*row))
        numbered: list[Numbered] = []
        folded = []
        for complaint_id, links in stored.items():
            state = state_new(deployment)
            numbered += state.add(links, deployment)
            folded.append((complaint_id, state))
            if not state.complete:
                logger.error("links are missing", extra={"complaint": complaint_id, "links": len(links)})
        empty = set(some) - stored.keys()
        if keep_empty:
            folded += [(complaint_id, state_new(deployment)) for complaint_id in empty]
        else:
            ChainState.objects.filter(complaint_id__in=empty).delete()
        states_save(folded)
        _land(numbered)


def _land(numbered: Sequence[Numbered]) -> None:
    # Those that are no write of ours freeze their complaint there, if it is ours.
    links_apply([(link, nonce) for link, nonce in numbered if is_entry(link.event_type)], final=True)


def _sequence(link: Link) -> int:
    return link.sequence
