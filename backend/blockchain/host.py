"""What the project that installs the registry decides about complaints and people."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404

from blockchain.common.backends import backend_new, forgotten_with_settings
from blockchain.conf import settings
from blockchain.models import Complaint
from blockchain.verification.report_match import Own


class Host:
    """The defaults: staff see all complaints. A project subclasses this and names it in `BLOCKCHAIN_HOST`."""

    def complaint(self, *, user: Any, source: str, external_id: str) -> Complaint:
        """The complaint, if `user` may see it. Raises `Http404`, the same for a hidden complaint and for none."""
        found = Complaint.objects.select_related("chain_state").named(source=source, external_id=external_id)
        if found is None or not self.may_see(user=user, complaint=found):
            raise Http404("There is no such complaint, or it is not yours.")
        return found

    def may_see(self, *, user: Any, complaint: Complaint) -> bool:
        """Whether `user` may see the complaint and all that belongs to it."""
        return bool(getattr(user, "is_staff", False))

    def opaque_id(self, user: Any) -> str:
        """What payloads call a person: not a name, and nothing that others could link to one."""
        return str(user.pk)

    def own_record(self, complaint: Complaint) -> Own | None:
        """What the project's own record says, to be compared with what was committed to; None: there is none."""
        return None

    def own_records(self, complaints: Sequence[Complaint]) -> Mapping[int, Own]:
        """As `own_record`, for several complaints at once, by primary key: a project may do it in one query."""
        found = {complaint.pk: self.own_record(complaint) for complaint in complaints}
        return {pk: own for pk, own in found.items() if own is not None}


@functools.cache
def host() -> Host:
    """The host of this project, by `BLOCKCHAIN_HOST`."""
    found: Host = backend_new(settings.BLOCKCHAIN_HOST, setting="BLOCKCHAIN_HOST")
    return found


forgotten_with_settings(host.cache_clear)
