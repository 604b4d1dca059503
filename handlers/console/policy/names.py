"""What every name in a parsed query stands for: only the two tables and what the statement itself defines.

Rules where engines differ are the narrower ones: a CTE sees those before it, and itself only when recursive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from handlers.console.policy.grammar import TABLES
from handlers.console.policy.pieces import Dialect
from handlers.console.policy.scope import Objection, Scope, Source, name_of

if TYPE_CHECKING:
    from sqlglot import exp

LARGEST = 100
"""How many times tables may be read once every CTE is written out: planning takes time that grows with it."""


_CHECKED = "checked by castmark"


def check_names(statement: exp.Expr, dialect: Dialect) -> None:
    """Raises Objection for a name that is neither ours to show nor the statement's own."""
    from sqlglot import exp

    scope = Scope(dialect)
    if isinstance(statement, exp.Insert):
        _insert(statement, scope)
    elif isinstance(statement, (exp.Delete, exp.Update)):
        _change(statement, scope)
    else:
        _query(statement, scope)
    for node in statement.walk():
        if isinstance(node, (exp.Table, exp.Column, exp.Query, exp.Values)) and not node.meta.get(_CHECKED):
            raise Objection("A part of the statement stands where it is not understood.")


def _insert(statement: exp.Insert, scope: Scope) -> None:
    from sqlglot import exp

    target = statement.this
    table = target.this if isinstance(target, exp.Schema) else target
    columns = _target(table, scope.dialect).columns
    for column in target.expressions if isinstance(target, exp.Schema) else ():
        if name_of(column, scope.dialect) not in columns:
            raise _no_column(column.name)
    if not isinstance(statement.expression, (exp.Query, exp.Values)):
        raise Objection("INSERT takes VALUES or a SELECT here.")
    for key in statement.find_all(exp.OnConflict):
        _values(_flat(key.args.values()), scope.with_sources({"": Source(columns)}))
    _query(statement.expression, _ctes(statement, scope))


def _change(statement: exp.Delete | exp.Update, scope: Scope) -> None:
    from sqlglot import exp

    source = _target(statement.this, scope.dialect)
    scope = scope.with_sources({name_of(statement.this.this, scope.dialect): source})
    for each in statement.expressions:
        if not (isinstance(each, exp.EQ) and isinstance(each.this, exp.Column) and not each.this.args.get("table")):
            raise Objection("UPDATE takes plain assignments here: SET column = value.")
    _values([*statement.expressions, statement.args.get("where")], scope)


def _target(table: exp.Expr, dialect: Dialect) -> Source:
    from sqlglot import exp

    if type(table) is not exp.Table or table.args.get("alias") or table.args.get("joins"):
        raise Objection("Write into a table by its plain name.")
    return _table(table, Scope(dialect))


def _table(table: exp.Expr, scope: Scope) -> Source:
    """A table's columns; CTEs come before tables, as they do in both engines."""
    from sqlglot import exp

    table.meta[_CHECKED] = True
    if not isinstance(table.this, exp.Identifier):
        raise Objection("Functions that return tables are not allowed here.")
    name = name_of(table.this, scope.dialect)
    if name in scope.ctes:
        return scope.ctes[name]
    if name not in TABLES:
        raise Objection(f"There is no table {table.this.name} here; there are {' and '.join(TABLES)}.")
    return Source(frozenset(TABLES[name]))


def _ctes(query: exp.Expr, scope: Scope) -> Scope:
    from sqlglot import exp

    clause = query.args.get("with_") or exp.With(expressions=[])
    for cte in clause.expressions:
        if not isinstance(cte.this, (exp.Query, exp.Values)):
            raise Objection("A WITH clause takes queries only.")
        alias, body = cte.args["alias"], scope
        name = name_of(alias.this, scope.dialect)
        if clause.args.get("recursive"):
            body = scope.with_cte(name, _renamed(_first_names(cte.this, scope.dialect), alias, scope.dialect))
        scope = scope.with_cte(name, _renamed(_query(cte.this, body), alias, scope.dialect))
    return scope


def _first_names(query: exp.Expr, dialect: Dialect) -> Source:
    """The columns that a recursive query has by its first SELECT, which names them."""
    from sqlglot import exp

    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    selected = query.expressions if isinstance(query, exp.Select) else ()
    return Source(frozenset(name_of(each.alias_or_name, dialect) for each in selected if each.alias_or_name))


def _renamed(source: Source, alias: exp.Expr | None, dialect: Dialect) -> Source:
    columns = alias.args.get("columns") if alias else None
    return Source(frozenset(name_of(each, dialect) for each in columns), source.weight) if columns else source


def _query(query: exp.Expr, outer: Scope) -> Source:
    """Check a query that stands within `outer`; what it gives to whoever selects from it."""
    from sqlglot import exp

    query.meta[_CHECKED] = True
    if isinstance(query, exp.Subquery):
        inner = _query(query.this, outer)
        _values(_modifiers(query), outer.with_sources({"": inner}))
        return inner
    scope = _ctes(query, outer)
    if isinstance(query, exp.SetOperation):
        return _set_operation(query, scope)
    if isinstance(query, exp.Values):
        _values(query.expressions, scope)
        width = max((len(row.expressions) for row in query.expressions), default=0)
        return Source(frozenset(f"column{number}" for number in range(1, width + 1)))
    if isinstance(query, exp.Select):
        return _select(query, scope.inner() if outer.sources else scope)
    raise Objection("A query is a SELECT or VALUES here.")


def _set_operation(query: exp.SetOperation, scope: Scope) -> Source:
    left, right = _query(query.left, scope), _query(query.right, scope)
    both = Source(left.columns, left.weight + right.weight)
    _values(_modifiers(query), scope.with_sources({"": both}))
    return both


def _modifiers(query: exp.Expr) -> list[exp.Expr | None]:
    return [query.args.get(key) for key in ("order", "limit", "offset")]


def _select(select: exp.Select, scope: Scope) -> Source:
    if not select.expressions:
        raise Objection("A SELECT names at least one column or value.")
    start = select.args.get("from_")
    parts = [*([start] if start else []), *(select.args.get("joins") or ())]
    items = [each for part in parts for each in _items(part.this, part.args.get("on"))]
    sources = dict(_source(item, number, scope) for number, (item, _) in enumerate(items))
    weight = 1 + sum(source.weight for source in sources.values())
    if weight > LARGEST:
        raise Objection(f"The statement reads tables more than {LARGEST} times.")
    inside = scope.with_sources(sources)
    outputs = frozenset(_outputs(select.expressions, inside))
    aliases = [name_of(each.args["alias"], scope.dialect) for each in select.expressions if each.args.get("alias")]
    # Both engines let some clauses use the names that the select list gives.
    lenient = scope.with_sources({**sources, "": Source(frozenset(aliases))})
    clauses = {key: value for key, value in select.args.items() if key not in ("from_", "joins", "with_")}
    _values(_flat(clauses.values()), lenient)
    _values([on for _, on in items], inside)
    return Source(outputs, weight)


def _items(item: exp.Expr, on: exp.Expr | None) -> Iterator[tuple[exp.Expr, exp.Expr | None]]:
    """A part of FROM with its condition, or those within its parentheses: their names are known outside too."""
    from sqlglot import exp

    inner = item.this
    nested = isinstance(inner, exp.Subquery) and (inner.args.get("joins") or inner.args.get("alias"))
    if isinstance(item, exp.Subquery) and (nested or isinstance(inner, exp.Table)):
        item.meta[_CHECKED] = True
        if item.args.get("alias"):
            raise Objection("Joins within parentheses take no name of their own here.")
        yield from _items(inner, on)
    else:
        yield item, on
    for join in item.args.get("joins") or ():
        yield from _items(join.this, join.args.get("on"))


def _source(item: exp.Expr, number: int, scope: Scope) -> tuple[str, Source]:
    from sqlglot import exp

    alias = item.args.get("alias")
    if isinstance(item, exp.Table):
        source, name = _table(item, scope), name_of(item.this, scope.dialect)
    elif isinstance(item, (exp.Subquery, exp.Values)):
        # A source without a name gets one that no name can be.
        source, name = _query(item, Scope(scope.dialect, scope.ctes)), f" {number}"
    else:
        raise Objection("FROM takes tables and queries only.")
    return (name_of(alias.this, scope.dialect) if alias else "") or name, _renamed(source, alias, scope.dialect)


def _outputs(projections: Iterable[exp.Expr], scope: Scope) -> Iterator[str]:
    from sqlglot import exp

    for each in projections:
        if isinstance(each, exp.Star):
            yield from _all(scope.sources.values())
        elif isinstance(each, exp.Column) and isinstance(each.this, exp.Star):
            yield from _qualified(each, scope).columns
        elif isinstance(each, (exp.Alias, exp.Column)):
            yield name_of(each.args["alias"] if isinstance(each, exp.Alias) else each.this, scope.dialect)


def _all(sources: Iterable[Source]) -> frozenset[str]:
    return frozenset(column for source in sources for column in source.columns)


def _values(nodes: Iterable[exp.Expr | None], scope: Scope) -> None:
    """Check the columns and the queries within expressions."""
    from sqlglot import exp

    waiting = [node for node in nodes if node is not None]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (exp.Query, exp.Values)):
            _query(node, scope)
        elif isinstance(node, exp.Column):
            _column(node, scope)
        else:
            waiting.extend(_flat(node.args.values()))


def _flat(arguments: Iterable[object]) -> list[exp.Expr]:
    from sqlglot import exp

    both = [each for argument in arguments for each in (argument if isinstance(argument, list) else [argument])]
    return [each for each in both if isinstance(each, exp.Expr)]


def _column(column: exp.Column, scope: Scope) -> None:
    from sqlglot import exp

    column.meta[_CHECKED] = True
    if column.args.get("table"):
        known = _qualified(column, scope).columns
    elif isinstance(column.this, exp.Star):
        return
    else:
        known = _all(source for each in scope.outwards() for source in each.sources.values())
    if not isinstance(column.this, exp.Star) and name_of(column.this, scope.dialect) not in known:
        raise _no_column(column.name)


def _qualified(column: exp.Column, scope: Scope) -> Source:
    name = name_of(column.args["table"], scope.dialect)
    for each in scope.outwards():
        if name and name in each.sources:
            return each.sources[name]
    raise Objection(f"There is no table {name} in this query.")


def _no_column(name: str) -> Objection:
    return Objection(f"There is no column {name} here; text is written in single quotes.")
