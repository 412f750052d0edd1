"""The steps from one schema to the next. A step, once released, is never edited.

https://alembic.sqlalchemy.org
"""

HEAD = "0009"
