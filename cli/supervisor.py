"""One mall on one machine: engines, fake WeChat, schema, demo brand, API and worker."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from cli import demo_sign_in, fake_wechat, master_key, staff_token
from cli.banner import OwnServers, WaysIn, banner
from cli.demo_sign_in import DemoSignIn
from cli.door import Door
from cli.fake_wechat import RunningWeChat
from cli.signals import StopRequested
from cli.watch import Watch
from domain.kernel.setting_names import PREFIX
from sandbox.engines import postgres, valkey
from sandbox.engines.child import Child, Patience, Program, run_to_end
from sandbox.engines.crew import Crew
from sandbox.engines.disk import check_room
from sandbox.engines.home import Home, claimed
from sandbox.engines.leftovers import end_recorded
from sandbox.engines.place import Place, settled
from sandbox.engines.problem import EngineProblem
from sandbox.engines.start import Starting

Tell = Callable[[str], None]
Command = tuple[str, ...]
_NOTHING_MORE: Mapping[str, str] = MappingProxyType({})
OWNER_ADDRESS = "MALL_MIGRATION_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run and where; a server that has an address already is not brought along.

    ``seed`` fills a mall that has nothing to sell; with ``has_history`` it has sold for two weeks,
    and the fake WeChat hears of the payments. ``keeps_staff_token``: the API gets the staff token
    that is kept in the home; ``keeps_master_key`` is the same for what opens secrets.
    ``keeps_demo_sign_in``: where the demo staff have nothing to sign in with, they are given it.
    ``wechat`` is the fake WeChat that API and worker speak to, on the port that is given or on
    one that is kept in the home. ``playground`` builds the page that is not built yet.
    """

    home: Path
    door: Door
    environment: Mapping[str, str]
    folder: Path
    migrate: Command
    seed: Command | None
    api: Command
    worker: Command
    database_url: str | None = None
    redis_url: str | None = None
    shutdown_seconds: float = 20.0
    keeps_staff_token: bool = False
    keeps_master_key: bool = False
    keeps_demo_sign_in: bool = False
    wechat: Command | None = None
    wechat_port: int | None = None
    has_history: bool = False
    playground: Command | None = None


def supervise(plan: Plan, patience: Patience, tell: Tell) -> NoReturn:
    """Run the mall until the patience ends; on the way out nothing is left running.

    Raises `EngineProblem` when it cannot start.
    """
    with claimed(plan.home) as home:
        if left := end_recorded(home):
            tell(f"ended what a killed run had left behind: {', '.join(left)}")
        plan.door.check_free()
        is_self_contained = plan.database_url is None or plan.redis_url is None
        with (
            settled(home) if is_self_contained else nullcontext() as place,
            Crew(home, patience, url=plan.door.url) as crew,
        ):
            run = _Run(plan, home, place, crew, patience, tell)
            try:
                run.keep()
            except StopRequested:
                tell("stopping (Ctrl-C again to hurry)")
                raise


class _Run:
    """The steps of a start, in their order."""

    def __init__(
        self,
        plan: Plan,
        home: Home,
        place: Place | None,
        crew: Crew,
        patience: Patience,
        tell: Tell,
    ) -> None:
        self._plan = plan
        self._home = home
        self._place = place
        self._crew = crew
        self._patience = patience
        self._tell = tell
        self._migration = dict(plan.environment) | {
            "MALL_HOME": str(home.path),
            # Lines of progress should be seen when they are written.
            "PYTHONUNBUFFERED": "1",
        }
        # Who owns the tables is for the migrations alone to know.
        self._environment = dict(self._migration)
        self._environment.pop(OWNER_ADDRESS, None)
        self._wechat: RunningWeChat | None = None
        if plan.keeps_master_key:
            self._environment["MALL_MASTER_KEYS"] = master_key.kept(home.path)

    def keep(self) -> NoReturn:
        engines = self._start_engines()
        if self._plan.wechat:
            self._wechat = self._start_wechat(self._plan.wechat)
        # The API loads meanwhile, which takes longest of all. It asks nothing of the database
        # before it is asked, is not ready before the schema is, and nobody is told of it yet.
        api = self._crew.start(self._lasting("api", self._plan.api, self._staff_token()))
        if engines:
            engines.await_answers()
        self._migrate()
        sells_something = self._plan.door.await_answer(api, self._patience)
        if self._wechat:
            self._wechat.await_answer(self._patience)
        if self._plan.seed and (not sells_something or self._lacks_sign_in()):
            self._seed(self._plan.seed)
        worker = self._crew.start_beside(self._lasting("worker", self._plan.worker))
        if self._plan.playground:
            self._crew.start_beside(self._building(self._plan.playground))
        self._await_worker(worker)
        self._tell(self._banner())
        self._tell(f"ready {self._plan.door.url}")
        Watch(self._crew, self._home, self._tell).keep(self._patience)

    def _await_worker(self, worker: Child) -> None:
        """A mall that says that it is ready also acts on what is asked of it."""
        if not self._plan.door.await_worker(worker, self._patience):
            log = worker.program.log
            self._tell(f"the worker has not said that it is at work; see {log}")

    def _banner(self) -> str:
        token = staff_token.file_of(self._home.path) if self._plan.keeps_staff_token else None
        ways = WaysIn(
            staff_token=token,
            sign_in=self._sign_in(),
            phone=self._wechat.agreement.url if self._wechat else None,
            is_building=self._plan.playground is not None,
        )
        return banner(self._plan.door, self._home, self._place, self._own_servers(), ways)

    def _lacks_sign_in(self) -> bool:
        """Say whether the demo brand is of a release whose staff did not sign in."""
        return self._plan.keeps_demo_sign_in and demo_sign_in.kept(self._home.path) is None

    def _sign_in(self) -> DemoSignIn | None:
        return demo_sign_in.kept(self._home.path) if self._plan.keeps_demo_sign_in else None

    def _staff_token(self) -> Mapping[str, str]:
        """Return what the API, and nobody else, is told of the staff token."""
        if not self._plan.keeps_staff_token:
            return {}
        return {"MALL_STAFF_TOKEN": staff_token.kept(self._home.path)}

    def _own_servers(self) -> OwnServers:
        place, plan = self._place, self._plan
        return OwnServers(
            psql=None if plan.database_url or not place else postgres.psql(place),
            valkey=None if plan.redis_url or not place else valkey.url(place),
        )

    def _start_engines(self) -> Starting | None:
        if self._place is None:
            return None
        self._tell("starting PostgreSQL and Valkey")
        starting = Starting(self._place, self._crew, self._patience, tell=self._tell)
        if self._plan.database_url is None:
            starting.start_postgres()
            self._environment["MALL_DATABASE_URL"] = postgres.application_url(self._place)
            self._migration[OWNER_ADDRESS] = postgres.url(self._place)
            self._migration["MALL_APPLICATION_ROLE"] = postgres.APPLICATION
        if self._plan.redis_url is None:
            starting.start_valkey()
            self._environment["MALL_REDIS_URL"] = valkey.url(self._place)
        return starting

    def _start_wechat(self, command: Command) -> RunningWeChat:
        """Start the fake WeChat, and let API and worker know where it is and what they share."""
        door = self._plan.door
        agreement = fake_wechat.kept(
            self._home.path, api_port=door.port, port=self._plan.wechat_port
        )
        self._environment |= agreement.settings(self._plan.environment, door.address)
        state = fake_wechat.state_file(self._home.path)
        serve = fake_wechat.command(command, agreement, door.address, state=state)
        program = self._lasting("wechat", serve)
        environment = agreement.environment(self._plan.environment)
        child = self._crew.start(replace(program, environment=environment))
        return RunningWeChat(agreement, child)

    def _building(self, command: Command) -> Program:
        """What builds the playground: nobody waits for it, and it learns no secret."""
        environment = {
            name: value
            for name, value in self._plan.environment.items()
            if not name.startswith(PREFIX)
        }
        program = self._lasting("playground", command)
        return replace(program, environment=environment, is_task=True)

    def _migrate(self) -> None:
        program = Program("migrate", self._plan.migrate, self._migration, self._plan.folder)
        self._to_end(program, "The database could not be migrated")

    def _seed(self, command: Command) -> None:
        if self._plan.has_history and self._wechat:
            command = (*command, "--history", self._wechat.agreement.url)
        program = Program("seed", command, self._environment, self._plan.folder)
        self._to_end(program, "The demo brand could not be set up")
        if self._place and self._plan.database_url is None:
            postgres.take_statistics(self._place, self._patience)

    def _to_end(self, program: Program, problem: str) -> None:
        status, _ = run_to_end(program, self._patience)
        if status != 0:
            if self._place:
                check_room(self._place.base, is_first_start=False)
            raise EngineProblem(f"{problem} (status {status}); the lines above say why.")

    def _lasting(
        self, name: str, command: Command, more: Mapping[str, str] = _NOTHING_MORE
    ) -> Program:
        return Program(
            name=name,
            argv=command,
            environment={**self._environment, **more},
            folder=self._plan.folder,
            log=self._home.log(name),
            stop_seconds=self._plan.shutdown_seconds + 5,
        )
