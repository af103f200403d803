"""What is listed in the documents is what the code has."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess

import pytest
import yaml
from openapi_spec_validator import validate

from auth_service.audit.schemas import ACTIONS
from auth_service.config import AuthConfig
from books_service.config import BooksConfig
from servicekit.env import settings_of
from servicekit.envelope import CODES_BY_STATUS, ApiError
from servicekit.gunicorn_config import WebServerConfig

SERVICE_PACKAGES = ("servicekit", "auth_service", "books_service")
# Set inside the containers by docker-compose.yml or the image; an operator has no reason to.
FIXED_IN_COMPOSE = {
    "COLOPHON_SIGNING_KEYS_DIR",
    "COLOPHON_LOG_FILE",
    "COLOPHON_REDIS_URL",
    "COLOPHON_REDIS_PASSWORD",
    "AUTH_DATABASE_URL",
    "AUTH_DATABASE_PASSWORD",
    "AUTH_SECRET_KEY",
    "BOOKS_DATABASE_URL",
    "BOOKS_DATABASE_PASSWORD",
}
VARIABLE = re.compile(r"\b(?:COLOPHON|AUTH|BOOKS)_[A-Z0-9_]+\b")


def service_variables() -> dict[str, object]:
    """Return every variable that a service reads, with its default."""
    return {
        setting.variable: field.default
        for config in (AuthConfig, BooksConfig, WebServerConfig)
        for setting, field in settings_of(config)
    }


def compose_text(default: object) -> str:
    """Return a default as docker-compose.yml writes it: lists with commas, nothing for None."""
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


def compose_variables(repository) -> set[str]:
    """Return every variable that docker-compose.yml takes from the operator's environment."""
    text = (repository / "docker-compose.yml").read_text("utf-8")
    return set(re.findall(r"\$\{([A-Z0-9_]+)", text))


def all_error_codes() -> dict[str, int]:
    """Return each error code of the services with its status."""
    for name in SERVICE_PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not re.search(r"\.(testing|gunicorn|gunicorn_logger|wsgi|probe)\b", module.name):
                importlib.import_module(module.name)
    codes = {code: status for status, code in CODES_BY_STATUS.items()}
    pending = [ApiError]
    while pending:
        for child in pending.pop().__subclasses__():
            pending.append(child)
            if "code" in vars(child):
                codes[child.code] = child.status
    return codes


def gateway_error_codes(repository) -> dict[str, int]:
    """Return each error code that the gateway answers itself with its status."""
    text = (repository / "gateway/snippets/errors.conf").read_text("utf-8")
    return {
        code: int(status)
        for status, code in re.findall(r'^\s*"?(?:/\S+ )?(\d{3})"?\s+"?([a-z_]+)"?;', text, re.MULTILINE)
    }


def test_every_error_code_is_in_the_catalogue_with_its_status(repository):
    page = (repository / "docs/errors.md").read_text("utf-8")
    documented = {
        code: int(status) for code, status in re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", page, re.MULTILINE)
    }

    assert documented == {**gateway_error_codes(repository), **all_error_codes()}


def test_every_setting_is_documented(repository):
    page = (repository / "docs/configuration.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page, re.MULTILINE))

    assert documented == set(service_variables()) | compose_variables(repository)


def test_the_documented_defaults_are_those_of_the_code(repository):
    page = (repository / "docs/configuration.md").read_text("utf-8")
    documented = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| `([^`]*)` \|", page, re.MULTILINE))
    wrong = {
        variable: default
        for variable, default in service_variables().items()
        if isinstance(default, (str, int)) and variable != "COLOPHON_VERSION"
        if variable not in FIXED_IN_COMPOSE and documented.get(variable) != compose_text(default)
    }

    assert wrong == {}


def test_compose_hands_every_setting_to_its_service_with_the_same_default(repository):
    text = (repository / "docker-compose.yml").read_text("utf-8")
    in_compose = dict(re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", text))
    expected = {
        variable: compose_text(default)
        for variable, default in service_variables().items()
        if variable not in FIXED_IN_COMPOSE
    }

    assert {variable: in_compose.get(variable) for variable in expected} == expected


def test_the_example_environment_names_every_setting_of_an_operator(repository):
    example = (repository / ".env.example").read_text("utf-8")

    assert set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE)) == compose_variables(repository)


@pytest.mark.parametrize("name", ["auth.json", "books.json", "openapi.json"])
def test_the_openapi_documents_are_current(repository, tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("openapi")
    subprocess.run([repository / "deploy/scripts/openapi", folder], check=True, cwd=repository)

    assert (repository / "docs/api" / name).read_text("utf-8") == (folder / name).read_text("utf-8"), "make openapi"


def test_the_openapi_document_of_the_whole_api_is_valid(repository):
    document = json.loads((repository / "docs/api/openapi.json").read_text("utf-8"))

    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_operation_is_in_the_table_of_the_readme(repository):
    document = json.loads((repository / "docs/api/openapi.json").read_text("utf-8"))
    operations = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }
    readme = (repository / "README.md").read_text("utf-8")
    listed = {
        (method, path)
        for methods, path in re.findall(r"^\| ((?:[A-Z]+ ?)+) \| `(/api/v1/[^`]*)` \|", readme, re.MULTILINE)
        for method in methods.split()
    }

    assert listed == operations


def test_every_action_of_the_audit_log_is_documented(repository):
    page = (repository / "docs/operations/audit.md").read_text("utf-8")
    table = page.partition("## What is recorded")[2].partition("## ")[0]
    documented = {
        name for cell in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }

    assert documented == ACTIONS


def test_every_decision_is_in_the_index(repository):
    folder = repository / "docs/decisions"
    index = (folder / "README.md").read_text("utf-8")
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))

    assert records
    assert [name for name in records if f"({name})" not in index] == []
    assert [name[:4] for name in records] == [f"{n:04d}" for n in range(1, len(records) + 1)]


def test_every_container_is_hardened_and_bounded(repository):
    services = yaml.safe_load((repository / "docker-compose.yml").read_text("utf-8"))["services"]
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"\d+:\d+", service["user"]), name
        assert int(service["user"].split(":")[0]) > 0, name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["logging"]["options"]["max-size"], name
        assert ("ports" in service) == (name in {"gateway", "mail-sink"}), name


def test_the_networks_let_nobody_reach_what_is_not_theirs(repository):
    compose = yaml.safe_load((repository / "docker-compose.yml").read_text("utf-8"))
    members = {
        network: {name for name, service in compose["services"].items() if network in service["networks"]}
        for network in compose["networks"]
    }

    assert members["public"] == {"gateway"}
    assert members["services"] == {"gateway", "auth", "auth-worker", "books"}
    assert "gateway" not in members["data"]
    assert members["outbound"] == {"auth-worker", "mail-sink"}
    assert {name for name, network in compose["networks"].items() if not network.get("internal")} == {
        "public",
        "outbound",
    }


def test_what_is_for_development_starts_only_when_it_is_asked_for(repository):
    services = yaml.safe_load((repository / "docker-compose.yml").read_text("utf-8"))["services"]

    assert {name for name, service in services.items() if "profiles" in service} == {"mail-sink"}


def test_everything_that_stays_up_has_a_health_check_and_time_to_stop(repository):
    services = yaml.safe_load((repository / "docker-compose.yml").read_text("utf-8"))["services"]
    for name, service in services.items():
        if name.endswith("-migrate"):
            assert service["restart"] == "no", name
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
        assert service["stop_grace_period"], name
        assert all(needed["condition"].startswith("service_") for needed in service.get("depends_on", {}).values())
    gunicorn = (repository / "services/servicekit/servicekit/gunicorn.py").read_text("utf-8")
    graceful_seconds = int(re.search(r"^graceful_timeout = (\d+)$", gunicorn, re.MULTILINE)[1])
    for name in ("auth", "books"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > graceful_seconds
