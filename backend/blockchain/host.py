"""Decisions about complaints and people that the project which installs the registry makes."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404

from blockchain.common.backends import backend_new, forgotten_with_settings
from blockchain.conf import settings
from blockchain.models import Complaint
from blockchain.verification.report_match import Own


class Host:
    """The defaults: staff see all complaints. A project names its own subclass in `BLOCKCHAIN_HOST`."""

    def complaint(self, *, user: Any, source: str, external_id: str) -> Complaint:
        """The complaint, if `user` may see it. Raises the same `Http404` for a hidden and for a missing complaint."""
        found = Complaint.objects.select_related("chain_state").named(source=source, external_id=external_id)
        if found is None or not self.may_see(user=user, complaint=found):
            raise Http404("There is no such complaint, or it is not yours.")
        return found

    def may_see(self, *, user: Any, complaint: Complaint) -> bool:
        """Whether `user` may see the complaint and all that belongs to it."""
        return bool(getattr(user, "is_staff", False))

    def opaque_id(self, user: Any) -> str:
        """The opaque id of a person in payloads: not a name, and nothing that others could link to the person."""
        return str(user.pk)

    def own_record(self, complaint: Complaint) -> Own | None:
        """The project's own record of the complaint, for comparison with the commitments; None if there is none."""
        return None

    def own_records(self, complaints: Sequence[Complaint]) -> Mapping[int, Own]:
        """`own_record` for several complaints, by primary key. A project may override this to use a single query."""
        found = {complaint.pk: self.own_record(complaint) for complaint in complaints}
        return {pk: own for pk, own in found.items() if own is not None}


@functools.cache
def host() -> Host:
    """The host of this project, as `BLOCKCHAIN_HOST` names it."""
    found: Host = backend_new(settings.BLOCKCHAIN_HOST, setting="BLOCKCHAIN_HOST")
    return found


forgotten_with_settings(host.cache_clear)
