"""From a saved change to its writes. No I/O but the outbox row, in the same transaction."""

import time
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from accounts.models import User
from blockchain.enums import EventType
from blockchain.models import EvidenceHash
from blockchain.outbox import services
from report import lifecycle
from report.models import Comment, IssueReport


@receiver(pre_save, sender=IssueReport)
@receiver(pre_save, sender=Comment)
@receiver(pre_save, sender=EvidenceHash)
def save_begins(sender: type, instance: Model, raw: bool = False, **kwargs: Any) -> None:
    """Refuses outside a transaction before anything is saved: afterwards the row would be there without its writes."""
    changed = instance.tracker.changed() if isinstance(instance, IssueReport) else {}
    if not raw and (instance._state.adding or changed):
        services.require_transaction(what=f"{sender.__name__} {instance}")


@receiver(post_save, sender=IssueReport)
def report_saved(sender: type, instance: IssueReport, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Records a new report, or what changed of one: reopening first, resolution last."""
    if raw:
        return
    if created:
        _report_created(instance)
        return
    changed = instance.tracker.changed()
    opens = instance.status in lifecycle.RUNNING
    if "status" in changed and opens:
        _status_changed(instance, changed["status"])
    if "priority" in changed:
        changes = {"priority": [changed["priority"], instance.priority]}
        services.event_enqueue(
            report=instance, event_type=EventType.STATUS_UPDATED, by=_actor(instance), changes=changes
        )
    if "assigned_to" in changed:
        _assigned(instance, changed["assigned_to"])
    _priority_deadline(instance)
    if "status" in changed and not opens:
        _status_changed(instance, changed["status"])


@receiver(post_save, sender=Comment)
def comment_saved(sender: type, instance: Comment, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Records a new comment."""
    if created and not raw:
        instance.write = services.event_enqueue(
            report=instance.report,
            event_type=EventType.COMMENTED,
            by=str(instance.author.opaque_id),
            changes={"comment": [None, instance.text]},
        )


@receiver(post_save, sender=EvidenceHash)
def evidence_saved(sender: type, instance: EvidenceHash, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Records the hash of a new evidence file."""
    if created and not raw:
        write = services.evidence_enqueue(report=instance.report, evidence_hash=instance.evidence_hash)
        EvidenceHash.objects.filter(pk=instance.pk).update(write=write)
        instance.write = write


def _report_created(report: IssueReport) -> None:
    values = {
        "issue_title": report.issue_title,
        "location": report.location,
        "issue_description": report.issue_description,
        "status": report.status,
        "priority": report.priority,
        "assigned_to": _opaque_id(report.assigned_to),
    }
    services.event_enqueue(
        report=report,
        event_type=EventType.CREATED,
        by=_actor(report),
        changes={field: [None, value] for field, value in values.items()},
    )
    services.deadline_enqueue(report=report, deadline=int(time.time()) + settings.SLA_DEFAULT_SECONDS)


def _status_changed(report: IssueReport, previous: str) -> None:
    event_type = lifecycle.link_of_transition(source=previous, target=report.status)
    if event_type in (EventType.SLA_PAUSED, EventType.SLA_RESUMED):
        services.clock_enqueue(report=report, event_type=event_type)
    else:
        changes = {"status": [previous, report.status]}
        services.event_enqueue(report=report, event_type=event_type, by=_actor(report), changes=changes)


def _assigned(report: IssueReport, previous_id: int | None) -> None:
    previous = User.objects.filter(pk=previous_id).first() if previous_id else None
    changes = {"assigned_to": [_opaque_id(previous), _opaque_id(report.assigned_to)]}
    services.event_enqueue(report=report, event_type=EventType.ASSIGNED, by=_actor(report), changes=changes)


def _priority_deadline(report: IssueReport) -> None:
    """The first assignment sets the deadline of the priority; on hold, where none can be set, the resumption does."""
    if report.assigned_to_id is None or report.priority_deadline_set or not _was_running(report):
        return
    seconds = settings.SLA_PRIORITY_SECONDS[report.priority]
    services.deadline_enqueue(report=report, deadline=int(time.time()) + seconds)
    IssueReport.objects.filter(pk=report.pk).update(priority_deadline_set=True)
    report.priority_deadline_set = True


def _was_running(report: IssueReport) -> bool:
    """Whether the clock runs at this place in the order of writes: after a reopening, before a resolution."""
    previous = report.tracker.changed().get("status", report.status)
    return report.status in lifecycle.RUNNING or previous in lifecycle.RUNNING


def _actor(report: IssueReport) -> str:
    if report.acting_user is None:
        raise ValueError("a report is changed by its services, which say who does it")
    return str(report.acting_user.opaque_id)


def _opaque_id(user: Any) -> str | None:
    return None if user is None else str(user.opaque_id)
