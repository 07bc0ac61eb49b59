"""The engine in SQL: conditions and values of the typed tree of `app.expression`, for SQLite and PostgreSQL.

A `Source` says where the fields of the record are read: `scoped` in a session (mapped classes, whose readers see only what
they may read), `facts` in tables (all there is: for row scopes, plan checks, roll-ups). Several expressions over one source
share its joins:

    source = scoped(models, "account")
    compiled = condition(source, checked.root, context)
    statement = source.joined(sa.select(source.root.id)).where(compiled)

`alone` makes one condition of it that needs no joins around it. Engines do no I/O: the context has the clock, who acts and
his roles; fields of the acting person that it does not hold are read by the statement from his record.
"""

from app.orm.expression.conditions import condition, value
from app.orm.expression.source import Source, alone, facts, facts_of, scoped
from app.orm.expression.values import NotInSql

__all__ = ["NotInSql", "Source", "alone", "condition", "facts", "facts_of", "scoped", "value"]
