"""The embedded servers started together, for the supervisor as for a test."""

from collections.abc import Callable

from sandbox.engines import postgres, valkey
from sandbox.engines.child import Child, Patience
from sandbox.engines.crew import Crew
from sandbox.engines.disk import check_room
from sandbox.engines.leftovers import end_postmaster
from sandbox.engines.place import Place
from sandbox.engines.problem import EngineProblem


class Starting:
    """The start of either server or of both, side by side.

    Ask for what is wanted, then `await_answers`. A server is ended by the crew.
    """

    def __init__(
        self,
        place: Place,
        crew: Crew,
        patience: Patience,
        *,
        tell: Callable[[str], None],
        throwaway: bool = False,
    ) -> None:
        self._place = place
        self._crew = crew
        self._patience = patience
        self._tell = tell
        self._throwaway = throwaway
        self.postgres: Child | None = None
        self.valkey: Child | None = None

    def start_postgres(self) -> None:
        """Start PostgreSQL, in a data folder that is made when there is none."""
        data = self._place.postgres
        is_first = not data.is_dir()
        check_room(self._place.base, is_first_start=is_first)
        end_postmaster(data, self._place.sockets)
        self._place.adopt(data)
        if is_first:
            self._tell("making the database")
        postgres.create(self._place, self._patience, throwaway=self._throwaway)
        self.postgres = self._crew.start(postgres.program(self._place, throwaway=self._throwaway))

    def start_valkey(self) -> None:
        """Start Valkey."""
        self._place.adopt(self._place.valkey)
        self.valkey = self._crew.start(valkey.program(self._place, throwaway=self._throwaway))

    def await_answers(self) -> None:
        """Wait until all that was started answers."""
        if self.valkey:
            self._await_valkey(self.valkey)
        if self.postgres:
            postgres.await_answer(self.postgres, self._place, self._patience)
            postgres.make_application_role(self._place, self._patience)

    def _await_valkey(self, child: Child) -> None:
        try:
            valkey.await_answer(child, self._place, self._patience)
        except EngineProblem:
            told = valkey.set_aside(child, self._place)
            if told is None:
                raise
            self._tell(told)
            self.valkey = self._crew.start_again(child)
            valkey.await_answer(self.valkey, self._place, self._patience)
