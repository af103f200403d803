"""What the configuration of the gateway keeps to."""

from __future__ import annotations

import re

from auth_service.api_keys.errors import ApiKeyRefused
from auth_service.api_keys.key_secrets import FORM


def test_an_api_key_is_passed_on_to_its_exchange_alone(repository):
    passing = [
        path.name
        for path in (repository / "gateway/snippets").iterdir()
        if re.search(r"^\s*proxy_set_header\s+X-API-Key", path.read_text("utf-8"), re.MULTILINE)
    ]

    assert passing == ["api-key-exchange.conf"]


def test_whatever_goes_to_a_service_had_its_key_exchanged(repository):
    snippets = {path.name: path.read_text("utf-8") for path in (repository / "gateway/snippets").glob("*.conf")}
    passing = {name: text for name, text in snippets.items() if re.search(r"^\s*proxy_pass ", text, re.MULTILINE)}

    assert passing.keys() == {"api.conf", "cover-uploads.conf", "api-key-exchange.conf"}
    for text in (passing["api.conf"], passing["cover-uploads.conf"]):
        assert text.count("proxy_pass ") == text.count("include snippets/api-key.conf;") > 0
    assert "proxy_pass " not in (repository / "gateway/nginx.conf").read_text("utf-8")


def test_what_drops_its_inherited_lines_stands_outside_of_locations(repository):
    """One such line in a location drops every one of the http level, security headers and error pages among them."""
    inside = {
        path.name
        for path in (repository / "gateway").rglob("*.conf*")
        for block in re.findall(r"^location [^{]*\{.*?^\}", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        if re.search(r"^\s*(?:add_header|error_page|limit_req)\s", block, re.MULTILINE)
    }

    # That is what it does so for.
    assert inside == {"api-key-exchange.conf"}


def test_gateway_and_auth_agree_on_the_form_of_a_key_and_on_every_refusal(repository):
    text = (repository / "gateway/snippets/api-keys.conf").read_text("utf-8")
    errors = (repository / "gateway/snippets/errors.conf").read_text("utf-8")
    statuses = {code: int(status) for code, status in re.findall(r'"sound ([a-z_]+)" +(\d{3});', text)}
    messages = dict(re.findall(r'"/_error/api-key (api_key_[a-z_]+)" +"([^"]+)";', errors))

    assert f'"~^{FORM.pattern}$"' in text
    assert statuses == {**{error.code: error.status for error in ApiKeyRefused.__subclasses__()}, "rate_limited": 429}
    assert messages == {error.code: error.message for error in ApiKeyRefused.__subclasses__()}
