"""Many rows at once, each with values of its own."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.constants import OnConflict

# SQLite takes 32,766 parameters a statement, and a write has 30 columns.
ROWS_PER_STATEMENT = 500


def rows_update(objects: Sequence[Model], fields: Sequence[str]) -> None:
    """Saves `fields` of rows that exist.

    `QuerySet.bulk_update` makes a CASE for each field and row, and takes many times as long.
    """
    if objects:
        names = [objects[0]._meta.get_field(name).attname for name in fields]  # type: ignore[union-attr]
        rows = [(*(getattr(each, name) for name in names), each.pk) for each in objects]
        values_update(type(objects[0]), fields, rows)


def values_update(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Saves `fields` of rows that exist; each row is the values of the fields and, last, the primary key."""
    meta, quote = model._meta, connection.ops.quote_name
    by_name = {field.name: field for field in meta.concrete_fields}
    columns = [by_name[name] for name in fields]
    places = ", ".join(f"{quote(str(field.column))} = %s" for field in columns)
    sql = f"UPDATE {quote(meta.db_table)} SET {places} WHERE {quote(str(meta.pk.column))} = %s"
    prepared = [
        (*(field.get_db_prep_save(value, connection) for field, value in zip(columns, row, strict=False)), row[-1])
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, prepared)


def rows_upsert(objects: Sequence[Model], *, unique: Sequence[str], fields: Sequence[str]) -> None:
    """Inserts rows, or saves their `fields` where the `unique` ones exist already."""
    if not objects:
        return
    # MySQL and MariaDB take no conflict target: any unique key counts.
    target = None if connection.vendor == "mysql" else unique
    type(objects[0])._default_manager.bulk_create(
        objects, batch_size=ROWS_PER_STATEMENT, update_conflicts=True, unique_fields=target, update_fields=fields
    )


def rows_insert_new(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows of column values, but for those that a unique key says are there already.

    Past the ORM, which takes five times as long to prepare the values as the database to store them.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    column_of = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = [quote(column_of[name]) for name in fields]
    verb = connection.ops.insert_statement(on_conflict=OnConflict.IGNORE)
    suffix = connection.ops.on_conflict_suffix_sql([], OnConflict.IGNORE, [], [])
    places = ", ".join(["%s"] * len(fields))
    sql = f"{verb} {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES ({places}) {suffix}"
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
