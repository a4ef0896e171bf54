"""A run is verified by doing all of its arithmetic again, and reproduced by doing all of it again.

What is changed in it, well or badly sealed, is found and named.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import faults
from evalsuite import leaderboard, ledger, provenance, reproduce, stops, store, verify
from evalsuite.errors import EngineFailure, RunMistake, UserMistake
from evalsuite.plan import Options, digest_of
from evalsuite.records import LogLikelihoods, Settings
from tests import tiny
from tests.calling import Call


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a results folder with one run of two small tasks, whose files are gone."""
    home = tmp_path_factory.mktemp("made")
    with faults.world() as world:
        shutil.copytree(world.options.results, home / "results")
    return home / "results"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return a run's folder of one's own."""
    (found,) = shutil.copytree(made, tmp_path / "results").glob("runs/*")
    return found


@pytest.fixture
def asked(tmp_path: Path, more_engines: None) -> Options:  # noqa: ARG001 - its engine
    """Return the options of a run of a model, by an engine that answers at once."""
    with faults.world() as world:
        folders = shutil.copytree(world.options.task_folders[0], tmp_path / "tasks")
        return replace(
            world.options,
            models=(str(tiny.model(tmp_path / "tiny", bos=True)),),
            engine="noting",
            baselines=False,
            results=tmp_path / "results",
            settings=Settings(arguments={"notes": str(tmp_path / "notes")}),
            task_folders=(folders,),
        )


def quiet(_text: str) -> None:
    pass


def differing(folder: Path) -> dict[str, tuple[str, ...]]:
    found = verify.verify(folder, quiet)
    assert found.good == (not any(check.differing for check in found.checks))
    return {check.name: check.differing for check in found.checks if check.differing}


def test_what_is_verified_is_told_as_json(folder: Path, call: Call) -> None:
    ran = call("verify", folder, "--json")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)
    assert (found["run"], found["folder"], found["good"]) == (folder.name, str(folder), True)


def test_all_of_a_run_is_recomputed_without_the_files_it_was_made_of(folder: Path) -> None:
    found = verify.verify(folder, quiet)
    assert found.good
    checked = {check.name: check.checked for check in found.checks}
    assert checked.pop("weights") == 0  # baselines have none
    assert checked == {
        "database": 1,
        "questions": faults.ASKED,
        "spells": 3,
        "responses": faults.ASKED,
        "plan": faults.ASKED,
        "ledger": faults.ASKED + 3 * 2 + 1 + 4,  # spells twice, the plan, the manifests
        "manifest file": 1,
        "answers": faults.ASKED,
        "manifest": 1,
        "labels": 17,
        "prompts": faults.ASKED,
        "leaderboard.csv": 13,
    }
    assert not any(check.unchecked for check in found.checks)


# ── what was changed is named ───────────────────────────────────────────────────────────────────


def resealed(folder: Path, table: str, change: Callable[[str], str], has: str = "") -> str:
    """Change a row (the first that `has` it) as one would who knows of the checksums; name it."""
    columns = {"questions": "key, position, json", "responses": "key, spell, seconds, json"}[table]
    with sqlite3.connect(folder / "run.sqlite") as database:
        wanted = f"SELECT {columns} FROM {table} WHERE instr(json, ?) ORDER BY key"  # noqa: S608
        row = database.execute(wanted, (has,)).fetchone()
        *cells, text = row
        assert change(text) != text
        digest = ledger.sealed((table, *cells), change(text)).digest
        update = f"UPDATE {table} SET json = ?, sha256 = ? WHERE key = ?"  # noqa: S608
        database.execute(update, (change(text), digest, row[0]))
    database.close()
    (folder / ledger.FILE).unlink(missing_ok=True)
    return str(row[0])


def test_a_changed_answer_is_named(folder: Path, call: Call) -> None:
    with sqlite3.connect(folder / "run.sqlite") as database:
        ((key,),) = database.execute("SELECT key FROM responses LIMIT 1").fetchall()
        change = "UPDATE responses SET json = json || ' ' WHERE key = ?"
        database.execute(change, (key,))
    database.close()
    assert differing(folder) == {
        "responses": (f"response {key[:12]} has changed since it was written",)
    }
    ran = call("verify", folder)
    assert ran.status == 1
    assert f"response {key[:12]}" in ran.err
    ran = call("verify", folder, "--mend")
    assert ran.status == 0, ran.err
    assert "set aside" in ran.err
    assert differing(folder) == {}


def other_label(text: str) -> str:
    question = json.loads(text)
    return json.dumps(question | {"gold": 1 - question["gold"]}, ensure_ascii=False)


def instance_of(folder: Path, key: str) -> str:
    with store.opened(folder, create=False) as kept:
        return next(one.instance for one in kept.questions() if one.key == key)


def test_a_changed_label_is_found_by_the_deciders(folder: Path) -> None:
    key = resealed(folder, "questions", other_label, '"engine": "random"')
    found = differing(folder)
    assert found["labels"][0].startswith(f"{instance_of(folder, key)}: the label is")
    assert "leaderboard.csv" in found


def test_a_prompt_that_is_not_the_one_of_the_template_is_found(folder: Path) -> None:
    def other(text: str) -> str:
        question = json.loads(text)
        return json.dumps(question | {"prompt_sha256": "0" * 64}, ensure_ascii=False)

    resealed(folder, "questions", other)
    (told,) = differing(folder)["prompts"]
    assert "`prompt_sha256` differs" in told


def test_a_changed_cell_of_a_table_is_shown(folder: Path) -> None:
    path = folder / "leaderboard.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",1.0000,", ",0.9999,", 1))
    (told,) = differing(folder)["leaderboard.csv"]
    assert told.startswith("line ")
    assert "0.9999" in told
    assert "recomputed" in told


def test_a_change_in_any_table_is_shown(asked: Options) -> None:
    folder = stops.run(asked, faults.Heard()).folder
    assert differing(folder) == {}
    for name in ("leaderboard.csv", "speed.csv", "conditioning.csv", "conditioning.md"):
        path = folder / name
        whole = path.read_text(encoding="utf-8")
        path.write_text(f"{whole.rstrip()}9\n", encoding="utf-8")
        ((found, (told,)),) = differing(folder).items()
        assert found == name
        assert "recomputed" in told
        path.write_text(whole, encoding="utf-8")


def test_a_run_that_was_renamed_or_set_aside_is_as_it_was(folder: Path, call: Call) -> None:
    for name in ("mine", f"{folder.name}~1"):
        moved = folder.rename(folder.with_name(name))
        found = verify.verify(moved, quiet)
        assert found.good
        told = {check.name: check.unchecked for check in found.checks}["manifest"]
        assert bool(told) == (name == "mine")
        folder = moved
    assert call("score", folder, "--results", folder.parent.parent).status == 0
    assert differing(folder) == {}


def test_a_run_has_the_name_of_its_folder_however_that_is_given(
    folder: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    monkeypatch.chdir(folder)
    for given in (".", link):
        assert call("score", given, "--results", tmp_path / "results").status == 0
        assert {row.run for row in leaderboard.read(folder / "leaderboard.csv")} == {folder.name}
    assert call("verify", ".", "--results", tmp_path / "results").status == 0


def test_answers_that_were_put_back_are_named_and_all_else_is_recomputed(
    folder: Path, call: Call
) -> None:
    with sqlite3.connect(folder / "run.sqlite") as database:
        database.execute("DELETE FROM responses WHERE rowid = 1")
    database.close()
    ran = call("verify", folder, "--json")
    assert ran.status == 1
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert "it is put back" in checks["database"]["differing"][0]
    assert checks["leaderboard.csv"]["checked"]
    assert "hint" not in ran.err
    assert call("verify", folder).status == 0


def test_a_manifest_that_has_changed_is_written_again_by_the_same_run(
    asked: Options, call: Call
) -> None:
    finished = stops.run(asked, faults.Heard())
    path = finished.folder / "manifest.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(path.read_text(encoding="utf-8").replace('"limit"', '"limut"'))
    ran = call("verify", finished.folder)
    assert ran.status == 1
    assert "--mend` sets it aside, and the same `evalsuite run` command writes it" in ran.err
    ran = call("verify", finished.folder, "--mend")
    assert ran.status == 1
    assert "`manifest.json` is not there" in ran.err
    assert "hint: the same `evalsuite run` command writes it again" in ran.err
    ran = call("score", finished.folder, "--results", asked.results)
    assert "hint: the same `evalsuite run` command writes it again" in ran.err
    assert stops.run(asked, faults.Heard()).asked == 0
    assert differing(finished.folder) == {}
    again = json.loads(path.read_text(encoding="utf-8"))
    assert again == {name: told for name, told in whole.items() if name != "engines"}


def test_of_weights_that_are_not_known_nothing_is_claimed(asked: Options) -> None:
    few = replace(asked.settings, arguments={**asked.settings.arguments, "most": 30})
    with pytest.raises(EngineFailure):
        stops.run(replace(asked, settings=few), faults.Heard())
    (folder,) = asked.results.glob("runs/*")
    for weights in ("as they are", None):
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if weights is None:  # as of a server's model
            manifest["subjects"][0]["weights_sha256"] = None
            path.write_text(json.dumps(manifest), encoding="utf-8")
        stops.score(folder, asked.results, quiet)
        told = (folder / "conditioning.md").read_text(encoding="utf-8")
        assert "Whether weights changed is not known for" in told
        assert "WEIGHTS CHANGED" not in told


def test_a_manifest_that_says_something_else_is_found(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["settings"]["seed"] = 1
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert "manifest file" in differing(folder)
    store.mend(folder)
    assert not path.exists()  # the same run writes it anew


def test_an_answer_to_no_question_and_a_spoiled_copy_are_found(folder: Path) -> None:
    with store.opened(folder, create=False) as kept:
        kept.add(1, LogLikelihoods(key="stray", values=(0.0,)), 0.0)
    place = folder / ledger.FILE
    lines = place.read_bytes().splitlines(keepends=True)
    lines[7] = lines[7].replace(b"-1.0", b"-1.5").replace(b"Answer", b"Answor")
    place.write_bytes(b"".join(lines))
    found = differing(folder)
    assert found["answers"] == ("response stray answers no question",)
    assert found["ledger"] == ("line 8 of `responses.log` has changed since it was written",)


def test_an_unfinished_run_is_no_damaged_one(folder: Path) -> None:
    (folder / "leaderboard.csv").unlink()
    found = verify.verify(folder, quiet)
    assert found.good
    assert found.checks[-1].unchecked == ("it is not there: `evalsuite score RUN` writes it",)


# ── what is gone is named ───────────────────────────────────────────────────────────────────────


def without(folder: Path, keys: list[str]) -> None:
    """Remove responses from both files."""
    with sqlite3.connect(folder / "run.sqlite") as database:
        database.executemany("DELETE FROM responses WHERE key = ?", [(key,) for key in keys])
    database.close()
    place = folder / ledger.FILE
    lines = place.read_bytes().splitlines(keepends=True)
    gone = [f'["responses", "{key}"'.encode() for key in keys]
    place.write_bytes(b"".join(line for line in lines if not any(one in line for one in gone)))


def test_answers_that_neither_file_has_any_more_are_missed(asked: Options) -> None:
    folder = stops.run(asked, faults.Heard()).folder
    with store.opened(folder, create=False) as kept:
        keys = sorted(kept.answered())[:5]
    without(folder, keys)
    total = faults.ASKED // 3
    told: list[str] = []
    stops.score(folder, asked.results, told.append)
    assert told == [f"{folder}: 5 responses that were acknowledged are not there"]
    found = {check.name: check for check in verify.verify(folder, quiet).checks}
    assert found["answers"].differing == (f"5 of {total} responses that were kept are not there",)
    assert found["answers"].unchecked == ("5 questions without an answer",)
    assert stops.run(asked, faults.Heard()).asked == 5
    assert differing(folder) == {}


def test_of_an_unfinished_run_it_is_said_how_much_is_not_answered(asked: Options) -> None:
    few = replace(asked.settings, arguments={**asked.settings.arguments, "most": 30})
    with pytest.raises(EngineFailure):
        stops.run(replace(asked, settings=few), faults.Heard())
    (folder,) = asked.results.glob("runs/*")
    found = verify.verify(folder, quiet)
    assert found.good
    unchecked = {check.name: check.unchecked for check in found.checks}
    with store.opened(folder, create=False) as kept:
        left = faults.ASKED // 3 - len(kept.answered())
    assert left
    assert unchecked["answers"] == (f"{left} questions without an answer",)
    assert unchecked["leaderboard.csv"] == ("it is not there: the run has not posted",)


def test_a_second_copy_that_is_gone_is_missed_and_its_manifest_not_trusted(
    asked: Options, call: Call
) -> None:
    folder = stops.run(asked, faults.Heard()).folder
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (folder / ledger.FILE).unlink()
    gone = tuple(f"`responses.log` has lost the line of the {one}" for one in ("plan", "manifest"))
    found = verify.verify(folder, quiet)
    checks = {check.name: check for check in found.checks}
    assert checks["ledger"].differing == (
        "`responses.log` had lost all that it had; it is put back from the database",
        *gone,
    )
    assert (checks["plan"].unchecked, checks["manifest file"].unchecked) == (gone[:1], gone[1:])
    assert not checks["questions"].unchecked
    assert differing(folder) == {"ledger": gone}
    ran = call("verify", folder)
    assert "--mend` sets it aside, and the same `evalsuite run` command writes it" in ran.err
    ran = call("verify", folder, "--mend")
    assert "manifest.json~1" in ran.err
    assert stops.run(asked, faults.Heard()).asked == 0
    assert differing(folder) == {}


def test_a_store_whose_second_copy_never_had_the_plan_is_not_damaged(folder: Path) -> None:
    with sqlite3.connect(folder / "run.sqlite") as database:
        database.execute("PRAGMA application_id = 0")
    database.close()
    (folder / ledger.FILE).unlink()
    found = verify.verify(folder, quiet)
    assert found.good
    assert {check.name for check in found.checks if check.unchecked} == {"questions"}


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def lacking_lines(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:9] + lines[30:]))


@pytest.mark.parametrize(("spoil", "more"), [(cut_short, ""), (lacking_lines, " and 20 more")])
def test_lines_that_the_second_copy_had_lost_are_put_back_and_named(
    spoil: Callable[[Path], None], more: str, folder: Path, tmp_path: Path
) -> None:
    spoil(folder / ledger.FILE)
    copy = shutil.copytree(folder, tmp_path / folder.name)
    told: list[str] = []
    stops.score(copy, tmp_path / "results", told.append)
    assert len(told) == 1
    assert told[0].startswith(f"{copy}: `responses.log` had lost ")
    assert told[0].endswith(f"{more}: put back")
    found = differing(folder)
    assert set(found) == {"ledger"}
    assert "; it is put back from the database" in found["ledger"][0]
    assert differing(folder) == {}


def test_an_answer_that_a_kill_left_in_one_file_is_no_damage(folder: Path) -> None:
    with store.opened(folder, create=False) as kept:
        keys = sorted(kept.answered())
        response = kept.responses()[keys[0]]
    without(folder, keys[:1])
    with store.opened(folder, create=False) as kept:
        kept.add(kept.begin("some", "random", {}), response, 0.0)
    place = folder / ledger.FILE
    place.write_bytes(b"".join(place.read_bytes().splitlines(keepends=True)[:-1]))
    found = {check.name: check for check in verify.verify(folder, quiet).checks}
    assert found["ledger"].differing == ()
    assert f"had not yet response {keys[0][:12]}, as after a kill" in found["ledger"].unchecked[0]


def test_a_database_that_is_gone_is_missed_where_its_second_copy_is_there(
    folder: Path, call: Call
) -> None:
    (folder / "run.sqlite").unlink()
    ran = call("verify", folder)
    assert ran.status == 1
    assert "run.sqlite is not there, and responses.log is" in ran.err
    assert "--mend" in ran.err
    call("verify", folder, "--mend")
    with store.opened(folder, create=False) as kept:
        assert len(kept.answered()) == faults.ASKED


MANIFESTS = {
    "": "it has no `manifest.json`",
    '{"a": 1}': "its manifest cannot be used: `manifest.json` has no `suite`",
    '{"suite": 3}': "its manifest cannot be used: `manifest.json` has a field of another type",
    "{": "the store is damaged: manifest.json: ",
}


@pytest.mark.parametrize("text", MANIFESTS)
def test_a_manifest_that_lacks_something_is_named_with_what_helps(
    text: str, folder: Path, call: Call
) -> None:
    path = folder / "manifest.json"
    path.write_text(text, encoding="utf-8")
    if not text:
        path.unlink()
    ran = call("score", folder, "--results", folder.parent.parent)
    assert ran.status == 2
    assert f"{folder}: {MANIFESTS[text]}" in ran.err
    assert "the same `evalsuite run` command writes it again" in ran.err
    assert text == "" or "--mend` sets" in ran.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it has no `manifest.json`"),
        ('{"a": 1}', "`manifest.json` has no `settings`"),
        ('{"settings": 1, "suite": 1}', "has a value of another type in `settings`, `suite`"),
    ],
)
def test_a_run_without_a_manifest_is_not_done_again(text: str, told: str, folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(text, encoding="utf-8")
    if not text:
        path.unlink()
    with pytest.raises(RunMistake, match=told):
        again(folder, folder.parent / "again")


def test_weights_and_tokens_of_a_model_are_checked_where_it_is(asked: Options) -> None:
    model = Path(asked.models[0])
    folder = stops.run(asked, faults.Heard()).folder
    found = {check.name: check for check in verify.verify(folder, quiet).checks}
    assert found["weights"].checked == 1
    assert found["prompts"].checked == faults.ASKED // 3
    assert not any(check.differing for check in found.values())
    weights = model / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert "SHA-256" in differing(folder)["weights"][0]
    shutil.rmtree(model)
    gone = {check.name: check for check in verify.verify(folder, quiet).checks}
    assert not any(check.differing for check in gone.values())
    assert "is not on this machine" in gone["weights"].unchecked[0]
    assert "is not on this machine" in gone["prompts"].unchecked[0]


@pytest.mark.parametrize("name", ["./my-model", "models/my model", "a--b/c"])
def test_a_model_that_has_moved_is_not_on_this_machine(
    name: str, asked: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(asked.models[0], name)
    folder = stops.run(replace(asked, models=(name,)), faults.Heard()).folder
    shutil.rmtree(name)
    found = {check.name: check for check in verify.verify(folder, quiet).checks}
    told = f"model `{name}` is not on this machine"
    assert found["weights"].unchecked == found["prompts"].unchecked == (told,)
    assert not any(check.differing for check in found.values())


# ── done again ──────────────────────────────────────────────────────────────────────────────────


def again(folder: Path, into: Path, **options: object) -> reproduce.Reproduced:
    return reproduce.reproduce(folder, into, faults.Heard(), **options)  # type: ignore[arg-type]


def test_a_run_done_again_from_its_manifest_has_the_same_leaderboard(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    ran = call("reproduce", folder, "--into", tmp_path / "again", "--quiet", "--json")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)
    assert found["asked"] == faults.ASKED
    assert found["same"] is True
    assert found["causes"] == []
    assert {one["name"]: one["compared"] for one in found["differences"]} == {
        "instances": 17,
        "prompts": faults.ASKED,
        "log-likelihoods": 60,
        "texts": 42,
        "scores": faults.ASKED,
        "leaderboard": 12,
    }
    assert all(one["same"] == one["compared"] for one in found["differences"])


def test_a_part_of_a_run_is_held_against_the_same_part(folder: Path, tmp_path: Path) -> None:
    found = again(folder, tmp_path / "again", limit=4)
    assert found.same
    assert found.asked == 8 * 2 * 3
    by_name = {one.name: one for one in found.differences}
    assert by_name["instances"].compared == 8


def test_another_engine_is_not_given_the_arguments_of_the_first(
    asked: Options, tmp_path: Path
) -> None:
    folder = stops.run(replace(asked, limit=2), faults.Heard()).folder
    found = again(folder, tmp_path / "again", engine="transformers", limit=5)
    assert found.asked == 2 * 2 * 2  # of each task the two that the run asked, twice
    by_name = {one.name: one for one in found.differences}
    assert by_name["prompts"].compared == by_name["prompts"].same == 8


def test_votes_are_compared_whichever_sample_stands_for_them(
    asked: Options, tmp_path: Path
) -> None:
    voting = replace(asked, tasks=("closes",), limit=2, samples=3, temperature=0.7)
    folder = stops.run(voting, faults.Heard()).folder
    with store.opened(folder, create=False) as kept:
        samples = tuple(kept.questions())[:3]
    for sample, key in enumerate(one.key for one in samples):
        said = samples[0].answers[sample == 0].strip()
        resealed(
            folder,
            "responses",
            lambda text, said=said: json.dumps(json.loads(text) | {"text": f"Answer: {said}"}),  # type: ignore[misc]
            key,
        )
    scores = {one.name: one for one in again(folder, tmp_path / "again").differences}["scores"]
    assert (scores.compared, scores.same) == (2 * 2, 2 * 2 - 1)


def test_an_answer_that_was_another_is_named_and_the_leaderboard_with_it(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    def other(text: str) -> str:
        response = json.loads(text)
        if "text" in response:
            said = "open" if "closed" in response["text"] else "closed"
            return json.dumps(response | {"text": f"Answer: {said}"})
        return json.dumps(
            response | {"values": [value - 0.25 for value in response["values"][::-1]]}
        )

    resealed(folder, "responses", other)
    stops.score(folder, tmp_path / "results", quiet)
    ran = call("reproduce", folder, "--into", tmp_path / "again", "--quiet", "--json")
    assert ran.status == 1
    found = {one["name"]: one for one in json.loads(ran.out)["differences"]}
    changed = [name for name, one in found.items() if one["differing"]]
    assert set(changed) & {"texts", "log-likelihoods"}
    assert {"scores", "leaderboard"} <= set(changed)
    assert "not reproduced" in ran.err


def test_versions_that_differ_are_told(folder: Path, tmp_path: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["environment"]["python"] = "2.7"
    manifest["versions"]["evalsuite"] = "0.0.1"
    manifest["digest"] = digest_of(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    causes = again(folder, tmp_path / "again").causes
    assert any(one.startswith("environment.python: 2.7 then, 3.") for one in causes)
    assert any(one.startswith("versions.evalsuite: 0.0.1 then") for one in causes)


def test_a_run_whose_manifest_has_changed_is_not_done_again(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["settings"]["seed"] = 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    ran = call("reproduce", folder, "--into", tmp_path / "again", "--quiet")
    assert ran.status == 2
    assert "what `manifest.json` says has changed" in ran.err
    assert "evalsuite verify RUN" in ran.err
    assert not (tmp_path / "again").exists()


def test_answers_that_were_there_before_are_told(folder: Path, tmp_path: Path, call: Call) -> None:
    words = ("reproduce", folder, "--into", tmp_path / "again", "--quiet")
    told = f"{faults.ASKED} of {faults.ASKED} answers were there before and were not asked now"
    assert "were there before" not in call(*words).out
    ran = call(*words)
    assert told in " ".join(ran.out.split())
    assert "--into" in ran.out


def test_causes_are_told_where_something_differs_and_not_what_is_measured(
    asked: Options, tmp_path: Path, call: Call
) -> None:
    folder = stops.run(replace(asked, limit=2), faults.Heard()).folder
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    (name,) = manifest["engines"]
    manifest["engines"][name] |= {"worked_seconds": 7, "cost": 2, "attention": "none"}
    manifest["environment"]["python"] = "2.7"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    found = again(folder, tmp_path / "again")
    assert found.same
    assert [one.partition(":")[0] for one in found.causes] == [
        "environment.python",
        f"engines.{name}.attention",
    ]
    ran = call("reproduce", folder, "--into", tmp_path / "again", "--quiet")
    assert ran.status == 0, ran.err
    assert "may be why" not in ran.out


def test_an_engine_in_another_ones_place_is_one_cause() -> None:
    one, other = (
        {
            "subjects": [{"name": "a.b", "engine": engine}],
            "engines": {"a.b": {engine: "1", f"{engine} size": 3, "dtype": "float32"}},
            "versions": {"evalsuite": "1", engine: "1"},
            "settings": {"seed": 0, "arguments": {engine: 1}},
        }
        for engine in ("vllm", "transformers")
    )
    assert list(reproduce._causes(one, other)) == [
        "subjects.a.b.engine: vllm then, transformers now"
    ]


# ── a manifest comes from anywhere ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "place",
    [
        *("/etc/passwd", "tasks/../../x.yaml", "tasks/.hidden/x.yaml", "prompts/en", ""),
        *("tasks/a/..", "tasks/ /../x.yaml", "tasks//x.yaml", "tasks/a\\b/x.yaml"),
        *("tasks/a\0/x.yaml", "tasks/a/b/c/d.yaml"),
    ],
)
def test_a_manifest_cannot_name_a_file_to_write(place: str, folder: Path, tmp_path: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["sources"][place] = "about: mine\n"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(RunMistake, match="no task and no template"):
        again(folder, tmp_path / "again")


def test_files_from_folders_with_any_names_are_laid_out(tmp_path: Path) -> None:
    files = {"tasks/my own tasks/a (1).yaml": "about: a\n", "prompts/pt/conclusão é.jinja": "b"}
    tasks, _ = provenance.lay_out(files, tmp_path)
    assert (tasks / "my own tasks" / "a (1).yaml").read_text(encoding="utf-8") == "about: a\n"
    with pytest.raises(RunMistake, match="sources"):
        provenance.lay_out({f"tasks/{'é' * 200}/a.yaml": ""}, tmp_path)


def test_a_manifest_cannot_name_a_server_to_ask(folder: Path, tmp_path: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["settings"]["servers"] = ["http://192.0.2.1/v1"]
    manifest["options"]["engine"] = "openai"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(UserMistake, match=r"the run asked the server `http://192\.0\.2\.1/v1`"):
        again(folder, tmp_path / "again")


@pytest.mark.parametrize(
    "change", [{"settings": None}, {"suite": []}, {"limit": "x"}, {"suite": {"name": "a"}}]
)
def test_a_manifest_that_cannot_be_used_is_named(
    change: dict[str, object], folder: Path, tmp_path: Path
) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | change), encoding="utf-8")
    with pytest.raises(RunMistake, match="its manifest cannot be used"):
        again(folder, tmp_path / "again")


def test_a_run_is_not_done_again_into_itself(folder: Path) -> None:
    with pytest.raises(RunMistake, match="the run itself is there"):
        again(folder, folder.parent.parent)


def test_a_run_that_is_not_there_has_a_message(tmp_path: Path, call: Call) -> None:
    for command in ("verify", "reproduce"):
        ran = call(command, "nothing", "--results", tmp_path)
        assert ran.status == 2
        assert "unknown run `nothing`" in ran.err


def test_options_of_a_run_are_those_that_it_was_asked_with(folder: Path) -> None:
    from evalsuite import recorded

    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with recorded.options(manifest, folder, Path("elsewhere")) as options:
        assert isinstance(options, Options)
        assert sorted(path.stem for path in options.task_folders[0].rglob("*.yaml")) == [
            "closes",
            "follows",
        ]
        assert options.engine == "transformers"
        assert options.limit is None


def test_a_part_of_a_calibrated_run_has_the_same_blanks(tmp_path: Path, call: Call) -> None:
    """A blank is asked once for all instances: it is the same in a part of the run."""
    (tmp_path / "tasks" / "suites").mkdir(parents=True)
    (tmp_path / "tasks" / "suites" / "mine.yaml").write_text(
        "about: a\ntasks: [syllogism]\nshots: [0]\ncalibration: true\n", encoding="utf-8"
    )
    model = str(tiny.model(tmp_path / "gpt2"))
    ran = call(
        *("run", "mine", "--model", model, "--engine", "transformers", "--limit", "3", "--quiet"),
        *("--tasks", str(tmp_path / "tasks"), "--results", str(tmp_path / "results")),
    )
    assert ran.status == 0, ran.err
    (folder,) = (tmp_path / "results" / "runs").iterdir()
    by_name = {one.name: one for one in again(folder, tmp_path / "again", limit=2).differences}
    assert by_name["prompts"].compared == by_name["prompts"].same == 2 + 3
    assert by_name["instances"].compared == by_name["instances"].same == 2
