from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import UsageError
from appendices.runs.parameters import declared_parameters
from tests.conftest import code, write_notebook


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["run", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "levle=0.9"], ["'levle'", "Did you mean 'level'"]),
        (["-p", "level=1.5"], ["'level'", "1.5", "between 0.5 and 0.999"]),
        (["-p", "level=high"], ["'level'", "'high'", "float"]),
        (["-p", "most=2.5"], ["'most'", "'2.5'", "int"]),
        (["-p", "most"], ["[NOTEBOOK:]NAME=VALUE"]),
        (["-p", "03_third:most=2"], ["unknown notebook '03_third'"]),
        (["3rd"], ["notebook '3rd'"]),
        (["01_frist"], ["Did you mean '01_first'"]),
        (["01", "-p", "02:most=2"], ["02_second", "not among those run"]),
        (["--run", "../elsewhere"], ["run name"]),
    ],
)
def test_a_wrong_name_or_value_is_refused_before_anything_runs(
    project: Path, arguments: list[str], said: list[str]
) -> None:
    exit_code, output = run(*arguments)
    assert exit_code == 2
    for words in said:
        assert words in output
    assert not (project / "reports").exists()


def test_a_parameter_file_is_as_strict_as_the_command_line(project: Path) -> None:
    file = project / "settings.yml"
    for text, said in (
        ("levle: 0.9\n", "Did you mean 'level'"),
        ("level: high\n", "expected float"),
        ("01_first: {mots: 2}\n", "Did you mean 'most'"),
        ("- level\n", "NAME: value"),
        ("level: [1\n", "YAML"),
    ):
        file.write_text(text, encoding="utf-8")
        exit_code, output = run("--params", str(file))
        assert exit_code == 2
        assert said in output
    assert not (project / "reports").exists()


def test_the_command_line_wins_over_the_file_and_a_prefix_names_one_notebook(project: Path) -> None:
    from appendices.runs.whole import Request, prepare

    file = project / "settings.yml"
    file.write_text("level: 0.9\n02_second: {most: 1}\n", encoding="utf-8")
    request = Request(parameter_file=file, assignments=["01:level=0.8"])
    assert prepare(request, project).run.parameters == {
        "01_first": {"level": 0.8, "most": 3},
        "02_second": {"level": 0.9, "most": 1},
    }


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("level = 0.95  # Level.", "name: Type = default"),
        ("level: Level = 0.95", "comment as its help"),
        ("level: Levle = 0.95  # Level.", "Did you mean 'Level'"),
        ("level: Level = 2.0  # Level.", "between 0.5 and 0.999"),
        ("level: Level = float(1)  # Level.", "plain value"),
    ],
)
def test_a_declaration_lacks_nothing(tmp_path: Path, cell: str, said: str) -> None:
    path = write_notebook(tmp_path / "01_first.ipynb", parameters=cell)
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        declared_parameters(path)


def test_help_texts_defaults_and_ranges_are_listed(project: Path) -> None:
    result = CliRunner().invoke(app, ["list", "01"])
    assert result.exit_code == 0
    for words in ("level", "0.5 to 0.999", "0.95", "Level of the intervals."):
        assert words in result.output


def test_plain_papermill_does_not_run_on_with_a_misspelt_parameter(project: Path) -> None:
    import papermill

    path = write_notebook(project / "notebooks" / "01_first.ipynb", code("1 + 1"))
    with pytest.raises(papermill.PapermillExecutionError, match="Did you mean 'most'"):
        papermill.execute_notebook(
            str(path), None, {"mots": 2}, progress_bar=False, kernel_name="python3"
        )


def test_every_notebook_of_the_project_declares_its_parameters() -> None:
    from appendices.runs.notebooks import find_notebooks
    from tests.conftest import ROOT

    for notebook in find_notebooks(ROOT).values():
        assert notebook.parameters
        for parameter in notebook.parameters.values():
            assert parameter.help.endswith(".")
