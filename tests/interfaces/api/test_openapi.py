"""The description of the API is true, and no input that fits or breaks it makes the server fail."""

import json
import os
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tools import openapi

from liuhen.interfaces.api.gate import rows_of
from liuhen.interfaces.api.root import make_api
from liuhen.server import urls
from tests.interfaces.api.scene import Door, Scene, key, with_papers

# A few in each run; `make rights` sends five hundred. PART=2/8 takes every eighth operation, from the second on.
_EXAMPLES = int(os.environ.get("EXAMPLES", "6"))
_FIRST, _EVERY = (int(told) for told in os.environ.get("PART", "1/1").split("/"))


def test_description_in_the_repository_is_what_the_routes_say() -> None:
    told = json.dumps(
        make_api().get_openapi_schema(path_prefix="/api/v1/"), ensure_ascii=False, indent=1, sort_keys=True
    )
    assert openapi.TARGET.read_text() == told + "\n", "请运行 make openapi"


def test_description_is_openapi_3_1_and_names_every_route() -> None:
    told = json.loads(openapi.TARGET.read_text())
    assert told["openapi"].startswith("3.1")
    described = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, ways in told["paths"].items()
        for method in ways
    }
    plain = {(row.method, re.sub(r"\{\w+:(\w+)\}", r"{\1}", row.path)) for row in rows_of(urls.api)}
    assert described == plain


def test_every_body_is_closed_and_every_text_has_a_limit() -> None:
    told = json.loads(openapi.TARGET.read_text())
    schemas = told["components"]["schemas"]
    bodies = {
        way["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for ways in told["paths"].values() for way in ways.values() if "requestBody" in way
    }  # fmt: skip
    assert len(bodies) > 15
    for name in bodies:
        if (
            name == "Values"
        ):  # A document's fields are those of its form: a table, each key and value with its limit.
            assert schemas[name]["maxProperties"] <= 100
            assert schemas[name]["propertyNames"]["maxLength"] <= 100
            assert schemas[name]["additionalProperties"]["anyOf"][0]["maxLength"] <= 20_000
            continue
        assert schemas[name]["additionalProperties"] is False, name
        for field, kind in schemas[name]["properties"].items():
            for one in kind.get("anyOf", [kind]):
                is_free = one.get("type") == "string" and not {"format", "enum", "const"} & one.keys()
                assert not is_free or "maxLength" in one, f"{name}.{field}"


@pytest.mark.slow
def test_no_input_makes_the_server_fail(scene: Scene) -> None:
    """A few inputs for each operation, made from the description, sent by an officer about things that exist."""
    with_papers(scene)
    schema = schemathesis.openapi.from_dict(json.loads(openapi.TARGET.read_text()))
    li, sent = Door("li"), []
    things = [
        key(t)
        for t in (
            scene.activity,
            scene.recording,
            scene.case,
            scene.device,
            scene.interruption,
            scene.document,
        )
    ]
    for found in islice(schema.get_all_operations(), _FIRST - 1, None, _EVERY):
        operation = found.ok()
        if "session" in operation.path:
            continue  # Signing out in the middle would end the test; the door has tests of its own.
        _try(operation, lambda case, n: sent.append(_send(li, case, things[n])))
    assert len(sent) > 200
    failed = [
        f"{method} {path} {body}: {status}"
        for method, path, body, status in sent
        if status >= 500 and status not in (503, 507)
    ]
    assert not failed, "\n".join(failed[:10])
    assert _EVERY > 1 or {status for *_, status in sent} >= {200, 400, 403, 404, 422}


def _try(operation: Any, send: Callable[[Any, int], None]) -> None:
    """So many examples of one operation; the seed is fixed, so that a failure comes again."""

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), thing=st.integers(0, 5))
    def run(case: Any, thing: int) -> None:
        send(case, thing)

    run()


def _send(door: Door, case: Any, thing: Any) -> tuple[str, str, str, int]:
    path = re.sub(
        r"\{(activity|recording|case|device|interruption|document)\}", str(thing), case.operation.path
    )
    for name, value in (case.path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", str(value))
    query = {k: v for k, v in (case.query or {}).items() if isinstance(v, str | int)}
    body = (
        json.dumps(case.body, default=str)
        if isinstance(case.body, dict | list | str | int | float | None)
        else "{}"
    )
    token = door.client.cookies["csrftoken"].value
    answer = door.client.generic(
        case.method, path, body, content_type="application/json", headers={"X-CSRFToken": token}, query_params=query
    )  # fmt: skip
    return case.method, path, body[:200], answer.status_code
