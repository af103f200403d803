"""Configuration from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.env import ConfigurationError, RateLimits, load, load_or_exit, setting, settings_of
from servicekit.service_config import ServiceConfig


@dataclass(frozen=True, kw_only=True)
class Example:
    """One field of every kind."""

    secret: str = setting("EXAMPLE_SECRET", "A secret.", secret=True)
    count: int = setting("EXAMPLE_COUNT", "A count.", default=5, minimum=1, maximum=10)
    flag: bool = setting("EXAMPLE_FLAG", "A flag.", default=False)
    names: tuple[str, ...] = setting("EXAMPLE_NAMES", "A list.", default=())
    folder: Path | None = setting("EXAMPLE_FOLDER", "A folder.", default=None)
    level: str = setting("EXAMPLE_LEVEL", "A choice.", default="low", choices=("low", "high"))
    limits: RateLimits = setting("EXAMPLE_LIMITS", "Limits.", default=RateLimits("1 per second"))
    derived: int = 7

    def __post_init__(self) -> None:
        if self.level == "high" and self.count < 3:
            raise ValueError("EXAMPLE_COUNT must be at least 3 when EXAMPLE_LEVEL is high")


def loaded(**environ: str) -> Example:
    return load(Example, {"EXAMPLE_SECRET": "s", **environ})


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load(Example, environ)
    return raised.value.problems


def test_load_with_only_the_required_takes_the_defaults():
    assert loaded() == Example(secret="s")


def test_load_reads_every_kind():
    example = loaded(
        EXAMPLE_COUNT="10",
        EXAMPLE_FLAG="Yes",
        EXAMPLE_NAMES=" a, b,,c ",
        EXAMPLE_FOLDER="/srv/x",
        EXAMPLE_LEVEL="high",
        EXAMPLE_LIMITS="5 per minute; 50 per hour",
    )

    assert example == Example(
        secret="s",
        count=10,
        flag=True,
        names=("a", "b", "c"),
        folder=Path("/srv/x"),
        level="high",
        limits=RateLimits("5 per minute; 50 per hour"),
    )


def test_load_lists_all_problems_at_once():
    found = problems({"EXAMPLE_COUNT": "many", "EXAMPLE_FLAG": "perhaps", "EXAMPLE_LEVEL": "middle"})

    assert found == [
        "EXAMPLE_SECRET is required: A secret.",
        "EXAMPLE_COUNT must be a whole number, not 'many'",
        "EXAMPLE_FLAG must be true or false, not 'perhaps'",
        "EXAMPLE_LEVEL must be one of low, high, not 'middle'",
    ]


def test_configuration_error_reads_as_a_list():
    with pytest.raises(ConfigurationError, match=r"not usable:\n  - EXAMPLE_SECRET is required"):
        load(Example, {})


def test_load_takes_an_empty_variable_as_not_given():
    assert loaded(EXAMPLE_COUNT="", EXAMPLE_FOLDER="").count == 5


@pytest.mark.parametrize(
    ("word", "flag"), [("1", True), ("ON", True), ("true", True), ("no", False), (" False ", False)]
)
def test_flag_takes_the_usual_words(word, flag):
    assert loaded(EXAMPLE_FLAG=word).flag is flag


@given(st.integers(min_value=-20, max_value=20))
def test_number_is_taken_within_its_bounds_only(number):
    environ = {"EXAMPLE_SECRET": "s", "EXAMPLE_COUNT": str(number)}
    if 1 <= number <= 10:
        assert load(Example, environ).count == number
    else:
        bound = "at least 1" if number < 1 else "at most 10"
        assert problems(environ) == [f"EXAMPLE_COUNT must be {bound}, not '{number}'"]


@pytest.mark.parametrize("written", ["1_0", " 5", "5.0", "0x5", "\u0665", "+5", "9" * 5000])
def test_number_that_a_shell_reads_differently_is_refused(written):
    assert len(problems({"EXAMPLE_SECRET": "s", "EXAMPLE_COUNT": written})) == 1


@pytest.mark.parametrize("written", ["often", "5 per fortnight", "5 per minute, and more"])
def test_rate_limits_in_another_notation_are_refused(written):
    (problem,) = problems({"EXAMPLE_SECRET": "s", "EXAMPLE_LIMITS": written})

    assert problem.startswith("EXAMPLE_LIMITS must be rate limits such as")


def test_value_in_a_file_is_read_without_its_line_end(tmp_path):
    (tmp_path / "secret").write_text("from a file\r\n")

    assert load(Example, {"EXAMPLE_SECRET_FILE": str(tmp_path / "secret")}).secret == "from a file"


def test_value_given_directly_and_in_a_file_is_refused(tmp_path):
    found = problems({"EXAMPLE_SECRET": "one", "EXAMPLE_SECRET_FILE": str(tmp_path / "two")})

    assert found == ["EXAMPLE_SECRET is given twice, directly and as EXAMPLE_SECRET_FILE"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read from the file"),
        (b"\xff\xfe", "cannot be read from the file"),
        (b"\n", "is empty in the file"),
    ],
)
def test_file_without_a_readable_value_is_refused(tmp_path, content, problem):
    if content is not None:
        (tmp_path / "secret").write_bytes(content)

    (found,) = problems({"EXAMPLE_SECRET_FILE": str(tmp_path / "secret")})

    assert problem in found


@pytest.mark.parametrize("default", ["changeme", "", 0])
def test_secret_has_no_default_value(default):
    with pytest.raises(TypeError, match="EXAMPLE_PASSWORD is a secret"):
        setting("EXAMPLE_PASSWORD", "A password.", secret=True, default=default)


def test_secret_that_may_be_absent_is_none_then_and_hidden_otherwise():
    @dataclass(frozen=True)
    class Mailing:
        password: str | None = setting("EXAMPLE_PASSWORD", "A password.", secret=True, default=None)

    assert load(Mailing, {}).password is None
    given = load(Mailing, {"EXAMPLE_PASSWORD": "hush"})
    assert (given.password, "hush" in repr(given)) == ("hush", False)


def test_secret_is_not_shown_by_the_configuration():
    assert "hush" not in repr(loaded(EXAMPLE_SECRET="hush"))


def test_secret_of_another_kind_is_not_repeated_in_its_problem():
    @dataclass(frozen=True)
    class Pin:
        pin: int = setting("EXAMPLE_PIN", "A number.", secret=True)

    with pytest.raises(ConfigurationError) as raised:
        load(Pin, {"EXAMPLE_PIN": "12x4"})

    assert raised.value.problems == ["EXAMPLE_PIN must be a whole number"]


def test_problem_of_several_settings_together_is_told():
    found = problems({"EXAMPLE_SECRET": "s", "EXAMPLE_LEVEL": "high", "EXAMPLE_COUNT": "2"})

    assert found == ["EXAMPLE_COUNT must be at least 3 when EXAMPLE_LEVEL is high"]


def test_settings_are_listed_in_declared_order():
    assert [declared.variable for declared, _ in settings_of(Example)][:2] == ["EXAMPLE_SECRET", "EXAMPLE_COUNT"]
    assert "derived" not in [spec.name for _, spec in settings_of(Example)]


@dataclass(frozen=True, kw_only=True)
class Service(ServiceConfig):
    """A service with the two settings that each service names itself."""

    database_url: str = setting("SERVICE_DATABASE_URL", "Database.")
    database_password: str = setting("SERVICE_DATABASE_PASSWORD", "Password.", secret=True)


SERVICE_ENVIRONMENT = {
    "COLOPHON_SIGNING_KEYS_DIR": "/run/signing-keys",
    "COLOPHON_REDIS_PASSWORD": "hush",
    "SERVICE_DATABASE_URL": "postgresql+psycopg2://role@postgres:5432/colophon",
    "SERVICE_DATABASE_PASSWORD": "p@ss/word",
}


def test_service_config_puts_the_password_into_the_database_url():
    url = load(Service, SERVICE_ENVIRONMENT).sqlalchemy_url()

    assert (
        url.render_as_string(hide_password=False) == "postgresql+psycopg2://role:p%40ss%2Fword@postgres:5432/colophon"
    )


@pytest.mark.parametrize(
    "url", ["postgresql://role@postgres/colophon", "sqlite://", "nonsense", "postgresql+psycopg2://h:x/"]
)
def test_service_config_refuses_an_unusable_database_url(url):
    with pytest.raises(ConfigurationError) as raised:
        load(Service, {**SERVICE_ENVIRONMENT, "SERVICE_DATABASE_URL": url})

    assert raised.value.problems == ["the database URL must be postgresql+psycopg2://role@host:port/name"]


def test_service_config_refuses_an_unusable_redis_url():
    with pytest.raises(ConfigurationError, match="COLOPHON_REDIS_URL must be redis://host:port/number"):
        load(Service, {**SERVICE_ENVIRONMENT, "COLOPHON_REDIS_URL": "memory://"})


def test_process_with_an_unusable_environment_ends_with_every_problem_and_no_traceback(monkeypatch):
    monkeypatch.setenv("EXAMPLE_COUNT", "nonsense")
    monkeypatch.setenv("EXAMPLE_LEVEL", "nonsense")

    with pytest.raises(SystemExit) as ended:
        load_or_exit(Example)

    assert all(f"EXAMPLE_{name}" in ended.value.code for name in ("SECRET", "COUNT", "LEVEL"))
    assert ended.value.__suppress_context__


def test_process_with_a_usable_environment_is_configured_by_it(monkeypatch):
    monkeypatch.setenv("EXAMPLE_SECRET", "s")

    assert load_or_exit(Example) == loaded()
