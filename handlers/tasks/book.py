"""What became of tasks: to be looked up by whoever has a task's id, or its owner, and nothing else of a queue."""

from handlers.errors import NotFound
from handlers.records.database import Database
from handlers.tasks import table
from handlers.tasks.base import Task


class Book:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, task_id: str) -> Task | None:
        with self._database.read() as connection:
            return table.find(connection, task_id)

    def task(self, task_id: str) -> Task:
        """Raises NotFound."""
        task = self.find(task_id)
        if task is None:
            raise NotFound("There is no such task.")
        return task

    def tasks_of(self, owner: str, limit: int = 1000, after: str = "") -> list[Task]:
        with self._database.read() as connection:
            return table.of_owner(connection, owner, limit, after)
