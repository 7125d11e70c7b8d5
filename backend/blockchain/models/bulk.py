"""Many rows at once, each with values of its own."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, JSONField, Model, QuerySet
from django.db.models.constants import OnConflict

from blockchain.models.wei import WeiField

# SQLite takes 32,766 parameters a statement, and a write has 30 columns.
ROWS_PER_STATEMENT = 500
# Of about half a kilobyte each; servers take statements of 16 MB, or of 1 MB where they are old.
ROWS_PER_LITERAL = 1_000
PLAIN = re.compile("[0-9A-Za-z]*")
# Fields whose values a driver does not take as they are.
PREPARED = (DateTimeField, JSONField, WeiField)


def rows_update(objects: Sequence[Model], fields: Sequence[str]) -> None:
    """Saves `fields` of rows that exist.

    `QuerySet.bulk_update` makes a CASE for each field and row, and takes many times as long.
    """
    if objects:
        names = [objects[0]._meta.get_field(name).attname for name in fields]  # type: ignore[union-attr]
        rows = [(*(getattr(each, name) for name in names), each.pk) for each in objects]
        values_update(type(objects[0]), fields, rows)


def values_update(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]], **shared: Any) -> None:
    """Saves `fields` of rows that exist; each row is the values of the fields and, last, the primary key.

    `shared` are changes that are the same in every row.
    """
    if not rows:
        return
    meta, quote = model._meta, connection.ops.quote_name
    by_name = {field.name: field for field in meta.concrete_fields}
    columns = [by_name[name] for name in fields]
    same = [
        (quote(str(by_name[name].column)), by_name[name].get_db_prep_save(shared[name], connection)) for name in shared
    ]
    # Of most values the ORM makes what they are, at length.
    preparing = [(index, field) for index, field in enumerate(columns) if isinstance(field, PREPARED)]
    prepared = [list(row) for row in rows]
    for index, field in preparing:
        # Many rows are of one block, and so of one time.
        memo: dict[Any, Any] = {}
        for row in prepared:
            value = row[index]
            if isinstance(value, datetime):
                if value not in memo:
                    memo[value] = field.get_db_prep_save(value, connection)
                row[index] = memo[value]
            else:
                row[index] = field.get_db_prep_save(value, connection)
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            # PyMySQL would send a statement for each row.
            for start in range(0, len(prepared), ROWS_PER_STATEMENT):
                some = prepared[start : start + ROWS_PER_STATEMENT]
                values, parameters = _values_joined(some)
                names = [quote(str(field.column)) for field in columns]
                places = [f"t.{name} = v.v{index}" for index, name in enumerate(names)]
                places += [f"t.{name} = %s" for name, _ in same]
                joined = f"{values} v ON t.{quote(str(meta.pk.column))} = v.v{len(columns)}"
                sql = f"UPDATE {quote(meta.db_table)} t JOIN {joined} SET {', '.join(places)}"
                cursor.execute(sql, [*parameters, *(value for _, value in same)])
        else:
            names = [*(quote(str(field.column)) for field in columns), *(name for name, _ in same)]
            places = [f"{name} = %s" for name in names]
            sql = f"UPDATE {quote(meta.db_table)} SET {', '.join(places)} WHERE {quote(str(meta.pk.column))} = %s"
            constant = [value for _, value in same]
            cursor.executemany(sql, [(*row[:-1], *constant, row[-1]) for row in prepared])


def _values_joined(rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """MySQL's subquery of these rows, whose columns are v0, v1, ..., and its parameters."""
    plain = are_plain(rows)
    places = _places(rows[0]) if plain else ["%s"] * len(rows[0])
    first = ", ".join(f"{place} AS v{index}" for index, place in enumerate(places))
    others = f" UNION ALL SELECT {', '.join(places)}" * (len(rows) - 1)
    template = f"(SELECT {first}{others})"
    values = [value for row in rows for value in row]
    return (template % tuple(values), []) if plain else (template, values)


def pks_update(model: type[Model], pks: Sequence[int], **changes: Any) -> int:
    """Saves the same `changes` of the rows with these keys. Returns how many there are.

    The keys are numbers, so they are put into the statement as they are; thousands of parameters take the ORM long.
    """
    return queryset_of(model, pks).update(**changes) if pks else 0


def queryset_of(model: type[Model], keys: Iterable[int], *, column: str = "id") -> QuerySet[Any]:
    """The rows with these numbers in a column, of which there may be thousands."""
    quote = connection.ops.quote_name
    by_name = {field.name: str(field.column) for field in model._meta.concrete_fields}
    name = f"{quote(model._meta.db_table)}.{quote(by_name[column])}"
    return model._default_manager.extra(where=[f"{name} IN ({','.join(map(str, map(int, keys)))})"])


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
    head = f"{verb} {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES "
    with connection.cursor() as cursor:
        if connection.vendor == "mysql" and are_plain(rows):
            # PyMySQL looks up how to escape each single value, which takes longer than all else.
            row_of = f"({', '.join(_places(rows[0]))})"
            for start in range(0, len(rows), ROWS_PER_LITERAL):
                literal = ",".join([row_of % row for row in rows[start : start + ROWS_PER_LITERAL]])
                cursor.execute(f"{head}{literal} {suffix}")
        else:
            # Several in one statement: SQLite's driver lets other threads go on at each.
            place = f"({', '.join(['%s'] * len(fields))})"
            for start in range(0, len(rows), ROWS_PER_STATEMENT):
                some = rows[start : start + ROWS_PER_STATEMENT]
                values = [value for row in some for value in row]
                cursor.execute(f"{head}{', '.join([place] * len(some))} {suffix}", values)


def are_plain(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether all values are integers, or texts of letters and digits alone, in the same columns of every row.

    Such values are SQL as they are.
    """
    kinds = [type(value) for value in rows[0]]
    for kind, column in zip(kinds, zip(*rows, strict=True), strict=True):
        if set(map(type, column)) != {kind} or kind not in (int, str):
            return False
        if kind is str and not PLAIN.fullmatch("".join(column)):
            return False
    return True


def _places(row: Sequence[Any]) -> list[str]:
    return ["%d" if isinstance(value, int) else "'%s'" for value in row]


def values_upsert(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows of column values, or saves them where the row exists; the first field is the primary key."""
    if not rows:
        return
    quote = connection.ops.quote_name
    column_of = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = [column_of[name] for name in fields]
    suffix = connection.ops.on_conflict_suffix_sql([], OnConflict.UPDATE, columns[1:], columns[:1])
    places = ", ".join(["%s"] * len(fields))
    names = ", ".join(quote(column) for column in columns)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places}) {suffix}"
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
