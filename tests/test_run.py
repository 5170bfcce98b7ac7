"""The one door to subprocesses."""

from __future__ import annotations

import pytest

from appliance.run import CommandError, environment, run


def test_a_program_gets_its_input_and_gives_its_output() -> None:
    assert run(["cat"], stdin="日本語".encode()).out == "日本語".encode()


def test_arguments_never_reach_a_shell() -> None:
    assert run(["echo", "$(id); `id` | id"]).out == b"$(id); `id` | id\n"


def test_a_failing_program_is_an_error_that_names_it_and_not_its_arguments() -> None:
    with pytest.raises(CommandError) as caught:
        run(["false", "private words"])
    assert "false" in caught.value.en
    assert "private" not in str(caught.value)


def test_failure_may_be_asked_for() -> None:
    assert run(["false"], check=False).status == 1


def test_a_missing_program_and_one_that_hangs_are_errors() -> None:
    with pytest.raises(CommandError):
        run(["no-such-program-here"])
    with pytest.raises(CommandError):
        run(["sleep", "30"], timeout_s=0.05)


def test_nothing_secret_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "secret")
    assert "STORE_PASSWORD" not in environment()
    assert environment({"LANG": "C"})["LANG"] == "C"
