"""For projects that prefer signals: records each save of a model.

    class Pothole(models.Model):
        objects = TrackedQuerySet.as_manager()

    track(Pothole, source="potholes", external_id="number", fields=("street", "state"), kinds=kind_of, by=changed_by)

Call `track` once, in `AppConfig.ready()`. From then on, each new row is filed, and each save that changes tracked
fields is recorded. Both must be in a transaction. Changes that the signals would miss are refused: `update()`,
`bulk_create`, `bulk_update`, deletion, fixtures. Rows that were never filed are ignored; `recording.complaint_open`
files them. An explicit `recording.record(...)` can record more (evidence, deadlines, when a change happened), and is
easier to follow.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models.signals import post_save, pre_delete, pre_save

from blockchain import acceptance, recording
from blockchain.acceptance import UnrecordedChange
from blockchain.host import host
from blockchain.models import Complaint
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType

Changes = dict[str, list[Any]]


class TrackedQuerySet(models.QuerySet[Any]):
    """Refuses operations that send no signals. Raises `UnrecordedChange`."""

    def update(self, **values: Any) -> int:
        tracked = _tracked_of(self.model)
        if tracked is not None and (named := tracked.names_among(values)):
            raise UnrecordedChange(
                f"{', '.join(named)}: save each {self.model._meta.verbose_name} to have the change recorded"
            )
        return super().update(**values)

    def bulk_create(self, *args: Any, **options: Any) -> Any:
        if _tracked_of(self.model) is not None:
            raise UnrecordedChange(f"save each {self.model._meta.verbose_name} to have it filed")
        return super().bulk_create(*args, **options)


@dataclass(frozen=True, kw_only=True)
class _Tracked:
    model: type[models.Model]
    source: str
    external_id: str
    fields: tuple[str, ...]
    kinds: Callable[[str, Any, Any], EventType]
    by: Callable[[Any], str]

    def names_among(self, names: Iterable[str]) -> list[str]:
        """The tracked fields among names of fields and columns."""
        spellings: dict[str, str] = {}
        for known in (*self.fields, self.external_id):
            field = self.model._meta.get_field(known)
            spellings |= dict.fromkeys((known, field.name, field.attname), known)  # type: ignore[union-attr]
        return sorted({spellings[name] for name in names if name in spellings})

    def name_of(self, instance: models.Model) -> str:
        return str(getattr(instance, self.external_id))

    def values_of(self, instance: models.Model) -> dict[str, Any]:
        return {name: _value(instance, name) for name in self.fields}


_tracked: list[_Tracked] = []


def track(
    model: type[models.Model],
    *,
    source: str,
    external_id: str,
    fields: tuple[str, ...],
    kinds: Callable[[str, Any, Any], EventType],
    by: Callable[[Any], str],
) -> None:
    """Files new rows of `model` as complaints of `source`, and records changes of `fields`, in the order given here.

    `external_id` names the field that identifies a complaint in its source; its value never changes.
    `kinds(field, old, new)` is the kind of link for a change; changes of one kind share a link. `by(instance)` is the
    opaque id of the person who saves it. Raises `ImproperlyConfigured` unless all managers of the model come from a
    `TrackedQuerySet`.
    """
    for manager in model._meta.managers:
        if not isinstance(manager.get_queryset(), TrackedQuerySet):
            raise ImproperlyConfigured(f"{model.__name__}.{manager.name} must come from a TrackedQuerySet")
    if _tracked_of(model) is not None:
        raise ImproperlyConfigured(f"{model.__name__} is already tracked")
    tracked = _Tracked(model=model, source=source, external_id=external_id, fields=fields, kinds=kinds, by=by)
    tracked.names_among(())  # raises `FieldDoesNotExist` for an unknown field
    _tracked.append(tracked)
    # Proxies, and subclasses with their own tables, send signals under their own names.
    for each in apps.get_models():
        if issubclass(each, model):
            pre_save.connect(_before_save, sender=each, dispatch_uid=f"complaint_registry.{each._meta.label}")
            post_save.connect(_after_save, sender=each, dispatch_uid=f"complaint_registry.{each._meta.label}")
            pre_delete.connect(_before_delete, sender=each, dispatch_uid=f"complaint_registry.{each._meta.label}")


def _tracked_of(model: type[models.Model]) -> _Tracked | None:
    return next((each for each in _tracked if issubclass(model, each.model)), None)


def _before_save(
    sender: type[models.Model], instance: Any, raw: bool, using: str, update_fields: Any, **_: Any
) -> None:
    tracked = _tracked_of(sender)
    assert tracked is not None
    if using != DEFAULT_DB_ALIAS:
        raise UnrecordedChange(f"{instance}: the registry is in the default database, but this save goes to {using!r}")
    acceptance.require_transaction(what=f"{tracked.source}/{tracked.name_of(instance)}")
    if raw:
        raise UnrecordedChange(f"{instance}: a fixture would not be recorded")
    # Asks the database, not the object: a new object with the key of an existing row changes that row.
    before = tracked.model._base_manager.filter(pk=instance.pk).first()
    complaint = None if before is None else _complaint_of(tracked, before)
    if complaint is None:
        return
    # All or nothing: if a kind is refused, the kinds before it are undone too.
    with transaction.atomic():
        acceptance.complaint_lock(complaint)
        # Reads the row again: the last holder of the lock may have changed it.
        before = tracked.model._base_manager.get(pk=instance.pk)
        if tracked.name_of(before) != tracked.name_of(instance):
            raise UnrecordedChange(f"{tracked.external_id} identifies {before} in the registry and can't be changed")
        saved = tracked.fields if update_fields is None else tracked.names_among(update_fields)
        for event_type, changes in _links(tracked, before, instance, saved).items():
            told = changes if event_type in WITH_PAYLOAD else None
            recording.record(complaint=complaint, event_type=event_type, by=tracked.by(instance), changes=told)


def _links(tracked: _Tracked, before: Any, after: Any, saved: Iterable[str]) -> dict[EventType, Changes]:
    old, new = tracked.values_of(before), tracked.values_of(after)
    links: dict[EventType, Changes] = {}
    for name in tracked.fields:
        if name in saved and old[name] != new[name]:
            links.setdefault(tracked.kinds(name, old[name], new[name]), {})[name] = [old[name], new[name]]
    return links


def _after_save(sender: type[models.Model], instance: Any, created: bool, **_: Any) -> None:
    tracked = _tracked_of(sender)
    assert tracked is not None
    if not created:
        return
    try:
        recording.complaint_open(
            source=tracked.source,
            external_id=tracked.name_of(instance),
            changes={name: [None, value] for name, value in tracked.values_of(instance).items()},
            by=tracked.by(instance),
        )
    except Exception:
        # A caller that catches the error must not keep the row, since nothing was recorded.
        transaction.set_rollback(True)
        raise


def _before_delete(sender: type[models.Model], instance: Any, **_: Any) -> None:
    tracked = _tracked_of(sender)
    assert tracked is not None
    if _complaint_of(tracked, instance) is not None:
        raise UnrecordedChange(f"{instance} is on record and can't be deleted")


def _complaint_of(tracked: _Tracked, instance: Any) -> Complaint | None:
    return Complaint.objects.named(source=tracked.source, external_id=tracked.name_of(instance))


def _value(instance: Any, name: str) -> Any:
    """A field's value in the form of payloads: text, a whole number, true, false or null; a user's opaque id."""
    field = instance._meta.get_field(name)
    value = getattr(instance, field.attname)
    if hasattr(value, "resolve_expression"):
        raise UnrecordedChange(f"{name} of {instance}: a value that the database computes can't be recorded")
    if value is None:
        return None
    if field.is_relation:
        related = getattr(instance, name)
        return host().opaque_id(related) if isinstance(related, get_user_model()) else str(value)
    value = field.to_python(value)
    if isinstance(value, int):
        return value if isinstance(value, bool) else int(value)
    text: str = field.value_to_string(instance)
    return text
