"""The studio as a browser and as an attacker meet it: over a real socket, and in real Chromium."""

import json
import math
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from evalsuite import paths, tasks, templates
from evalsuite.cli import studio as cli_studio
from evalsuite.serving.guard import LARGEST
from evalsuite.studio import files, view
from evalsuite.studio.records import Look, Setting
from evalsuite.studio.worker import Worker
from tests import tiny
from tests.calling import caller

ROOT = Path(__file__).resolve().parents[1]
TASK = "syllogism"  # its shots are drawn fast
BEACON = "127.0.0.2:1/beacon"
TEMPLATE = """---
about: terse
---
{% block description %}Does the conclusion follow? Answer yes or no.{% endblock %}
{% block query %}
{% for premise in premises %}
{{ loop.index }}. {{ premise }}
{% endfor %}
There is one of each kind: {{ imported }}
Conclusion: {{ conclusion }}{% endblock %}
{% block answer %}{{ {"follows": "yes", "does-not-follow": "no"}[choice] }}{% endblock %}
"""
ENDLESS = TEMPLATE.replace(
    "{{ loop.index }}",
    "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}"
    "{% endfor %}{% endfor %}{% endfor %}",
)
HUGE = TEMPLATE.replace("{{ loop.index }}", "{% for a in range(999) %}{{ 'a' * 9999 }}{% endfor %}")
MARKUP = TEMPLATE.replace("Conclusion:", "<img src=x onerror=alert(1)><script>alert(2)</script>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A studio that runs, and the folder that it may write to."""

    address: str
    folder: Path
    process: subprocess.Popen[str]
    token: str = field(init=False)
    host: str = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        object.__setattr__(self, "host", parts.netloc)
        object.__setattr__(self, "token", parts.path.strip("/"))

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterator[bytes] | None = None,
        /,
        **changed: str | None,
    ) -> Answer:
        """Send a request as the page does, but for the headers that are changed; None: left out."""
        usual: dict[str, str | None] = {
            "Host": self.host,
            "Origin": f"http://{self.host}",
            "X-Studio-Token": self.token,
        }
        if body is not None:
            usual["Content-Type"] = "application/json"
        headers = usual | {name.replace("_", "-"): value for name, value in changed.items()}
        with closing(HTTPConnection(*self.place, timeout=60)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if value is not None:
                    connection.putheader(name, value)
            if isinstance(body, bytes):
                connection.putheader("Content-Length", str(len(body)))
            elif body is not None:
                connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders(body, encode_chunked=not isinstance(body, bytes))
            got = connection.getresponse()
            lowered = {name.lower(): value for name, value in got.getheaders()}
            return Answer(status=got.status, headers=lowered, body=got.read())

    def post(self, path: str, /, **given: object) -> Answer:
        return self.ask("POST", f"/api/{path}", json.dumps(given).encode())

    def look(self, **changed: object) -> Any:
        while True:
            answer = self.post("look", **looked(**changed))
            assert answer.status == 200, answer.body
            view = answer.json()
            if not view["pending"]:
                return view
            time.sleep(0.3)

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.host.partition(":")
        return host, int(port)


def looked(**changed: object) -> dict[str, object]:
    usual = {"template": "terse", "language": "en", "form": "text", "k": 2, "labels": "gold"}
    return {**usual, "description": True, "index": 0, "text": None} | changed


@contextmanager
def serving(folder: Path, *words: str | Path) -> Iterator[Served]:
    """Run the command as a user does, until its address is printed."""
    command = [sys.executable, "-m", "evalsuite", "prompts", "studio", "terse"]
    command += ["--task", TASK, "--prompts", str(folder), *map(str, words)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, process.stderr and process.stderr.read()
            yield Served(address=address, folder=folder, process=process)
        finally:
            process.kill()


def written(home: Path) -> Path:
    """Write a folder of a user's templates, with what does not belong there."""
    (home / "mine" / "en").mkdir(parents=True)
    (home / "mine" / "en" / "terse.jinja").write_text(TEMPLATE, encoding="utf-8")
    (home / "outside.jinja").write_text(TEMPLATE.replace("terse", "outside"), encoding="utf-8")
    (home / "mine" / "en" / "linked.jinja").symlink_to(home / "outside.jinja")
    return home / "mine"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model(tmp_path_factory.mktemp("tiny") / "llama", "llama", bos=True, chat=True)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[Served]:
    """Return a studio with a model, which all tests share."""
    folder = written(tmp_path_factory.mktemp("studio"))
    with serving(folder, "--model", model) as served:
        yield served


@pytest.fixture(autouse=True)
def restored(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put the user's template back after a test that wrote it."""
    yield
    if "studio" in request.fixturenames:
        served = request.getfixturevalue("studio")
        (served.folder / "en" / "terse.jinja").write_text(TEMPLATE, encoding="utf-8")


# ── who is answered ─────────────────────────────────────────────────────────────────────────────

STRANGERS: dict[str, tuple[int, str, str, dict[str, str | None]]] = {
    "no token": (403, "GET", "/", {}),
    "another token": (403, "GET", "/{wrong}/", {}),
    "a part of the token": (403, "GET", "/{part}/", {}),
    "a token in a query": (403, "GET", "/?token={token}", {}),
    "no token for what the page asks": (403, "GET", "/api/start", {"X_Studio_Token": None}),
    "a token that is not ASCII": (403, "GET", "/api/start", {"X_Studio_Token": "é"}),
    "an empty token": (403, "POST", "/api/look", {"X_Studio_Token": ""}),
    "a token in a cookie": (
        403,
        "POST",
        "/api/look",
        {"X_Studio_Token": None, "Cookie": "x-studio-token={token}"},
    ),
    "the token in the path alone": (403, "POST", "/api/{token}/look", {"X_Studio_Token": None}),
    "another host": (421, "GET", "/{token}/", {"Host": "evil.example"}),
    "another host at our port": (421, "GET", "/{token}/", {"Host": "evil.example:{port}"}),
    "our host at another port": (421, "GET", "/{token}/", {"Host": "127.0.0.1:1"}),
    "our host in another's": (421, "GET", "/{token}/", {"Host": "127.0.0.1:{port}.evil.example"}),
    "another origin": (403, "POST", "/api/look", {"Origin": "http://evil.example"}),
    "no origin": (403, "POST", "/api/save", {"Origin": None}),
    "an opaque origin": (403, "POST", "/api/save", {"Origin": "null"}),
    "our origin by https": (403, "POST", "/api/save", {"Origin": "https://127.0.0.1:{port}"}),
    "another origin that reads": (403, "GET", "/{token}/", {"Origin": "http://evil.example"}),
    "a link elsewhere": (403, "GET", "/{token}/", {"Sec_Fetch_Site": "cross-site"}),
    "a page at another port": (403, "GET", "/{token}/", {"Sec_Fetch_Site": "same-site"}),
    "PUT": (405, "PUT", "/api/save", {}),
    "DELETE": (405, "DELETE", "/{token}/", {}),
    "TRACE": (405, "TRACE", "/{token}/", {}),
    "OPTIONS": (405, "OPTIONS", "/api/save", {}),
    "PATCH": (405, "PATCH", "/api/save", {}),
    "HEAD": (405, "HEAD", "/{token}/", {}),
    "a method of no one's": (405, "STEAL", "/{token}/", {}),
    "GET where POST is known": (405, "GET", "/api/save", {}),
    "POST where GET is known": (405, "POST", "/{token}/", {}),
    "a file above": (404, "GET", "/{token}/../../pyproject.toml", {}),
    "a file above, in code": (404, "GET", "/{token}/%2e%2e%2fapp.py", {}),
    "a file of another kind": (404, "GET", "/{token}/app.py", {}),
    "another address in the path": (403, "GET", "http://evil.example/{token}/", {}),
    "a path that is none": (403, "GET", "*", {}),
    "a length that is none": (400, "POST", "/api/save", {"Content_Length": "-1"}),
}


@pytest.mark.parametrize(
    ("status", "method", "path", "changed"), STRANGERS.values(), ids=STRANGERS.keys()
)
def test_a_stranger_is_refused(
    studio: Served, status: int, method: str, path: str, changed: dict[str, str | None]
) -> None:
    names = {
        "token": studio.token,
        "part": studio.token[:-1],
        "wrong": "A" * len(studio.token),
        "port": str(studio.place[1]),
    }
    sent = {key: value and value.format(**names) for key, value in changed.items()}
    answer = studio.ask(method, path.format(**names), **sent)
    assert answer.status == status
    assert studio.token.encode() not in answer.body
    assert b"{% block" not in answer.body


def test_two_hosts_are_none(studio: Served) -> None:
    lines = f"GET /{studio.token}/ HTTP/1.1\r\nHost: {studio.host}\r\nHost: evil.example\r\n\r\n"
    with socket.create_connection(studio.place, timeout=30) as connection:
        connection.sendall(lines.encode())
        assert connection.recv(12) in {b"HTTP/1.1 400", b"HTTP/1.1 421"}


def test_it_listens_on_loopback_alone(studio: Served) -> None:
    _, port = studio.place
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


@pytest.mark.parametrize(
    ("path", "token"), [("/{token}/", None), ("/{token}/studio.js", None), ("/", None)]
)
def test_every_answer_binds_the_browser(studio: Served, path: str, token: str | None) -> None:
    headers = studio.ask("GET", path.format(token=studio.token), X_Studio_Token=token).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


def test_the_page_holds_no_script_or_style_of_its_own_and_nothing_from_elsewhere() -> None:
    folder = Path(files.__file__).parent / "static"
    page = (folder / "index.html").read_text(encoding="utf-8")
    script = (folder / "studio.js").read_text(encoding="utf-8")
    assert page.count("<script") == page.count('<script type="module" src=') == 1
    assert "<style" not in page
    assert " style=" not in page
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http:"):
        assert way not in script
    for part in ("index.html", "studio.js", "studio.css"):
        assert "//" not in (folder / part).read_text(encoding="utf-8").replace("// ", "")


# ── what is taken ───────────────────────────────────────────────────────────────────────────────


def test_a_large_body_is_refused_before_it_is_read(studio: Served) -> None:
    answer = studio.ask("POST", "/api/save", Content_Length=str(10 * 1024 * 1024))
    assert answer.status == 413


def test_a_large_body_of_untold_length_is_refused(studio: Served) -> None:
    pieces = (b" " * 65536 for _ in range(160))
    with suppress(OSError, HTTPException):  # the server may hang up in the middle
        assert studio.ask("POST", "/api/look", pieces).status == 413
    assert studio.ask("GET", "/api/start").status == 200


WRONG: dict[str, tuple[int, bytes]] = {
    "no JSON": (400, b"{"),
    "no UTF-8": (400, b'{"template": "\xff"}'),
    "no mapping": (400, b"[]"),
    "deep": (400, b"[" * 200_000),
    "empty": (400, b"{}"),
    "a number in place of a name": (400, json.dumps(looked(template=1)).encode()),
    "too many shots": (400, json.dumps(looked(k=1_000_000)).encode()),
    "a broken shot": (400, json.dumps(looked(k=1.5)).encode()),
    "no such instance": (400, json.dumps(looked(index=10**9)).encode()),
    "an instance before the first": (400, json.dumps(looked(index=-1)).encode()),
    "no such labels": (400, json.dumps(looked(labels="other")).encode()),
    "a text that is too large": (413, json.dumps(looked(text="a" * 300_000)).encode()),
}


@pytest.mark.parametrize(("status", "body"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_look_is_refused_with_a_word(studio: Served, status: int, body: bytes) -> None:
    answer = studio.ask("POST", "/api/look", body)
    assert answer.status == status
    assert answer.json()["message"]


def test_only_json_is_taken(studio: Served) -> None:
    body = json.dumps(looked()).encode()
    assert studio.ask("POST", "/api/look", body, Content_Type="text/plain").status == 415


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "..", "", "linked", "terse\0"])
@pytest.mark.parametrize("path", ["source", "save"])
def test_a_file_outside_of_the_folders_is_neither_read_nor_written(
    studio: Served, path: str, name: str
) -> None:
    answer = studio.post(path, template=name, language="en", text="mine", base=None)
    assert answer.status == 400
    outside = studio.folder.parent / "outside.jinja"
    assert "outside" in outside.read_text(encoding="utf-8")
    assert b"{% block" not in answer.body


@pytest.mark.parametrize("language", ["..", "/", "../..", "en/..", "xx"])
def test_a_language_is_no_path(studio: Served, language: str) -> None:
    assert studio.post("source", template="terse", language=language).status == 400
    assert studio.look(language=language)["preview"] is None


def test_what_a_link_leads_to_outside_is_not_shown(studio: Served) -> None:
    view = studio.look(template="linked")
    assert view["preview"] is None
    assert "leads out" in view["problem"]["message"]


def test_a_shipped_template_is_read_and_never_written(studio: Served) -> None:
    shipped = paths.shipped("prompts") / "en" / "propositional" / "entailment.jinja"
    before = shipped.read_bytes()
    found = studio.post("source", template="entailment", language="en").json()
    assert found["text"].encode() == before
    assert not found["writable"]
    answer = studio.post(
        "save", template="entailment", language="en", text=TEMPLATE, base=found["digest"]
    )
    assert answer.status == 403
    assert shipped.read_bytes() == before


def test_shipped_templates_stay_as_they_are_even_in_a_folder_that_is_given() -> None:
    shipped = paths.shipped("prompts")
    path = shipped / "en" / "propositional" / "entailment.jinja"
    assert files.writable(path, [shipped]) is None
    assert files.writable(path, [shipped.parent]) is None


def test_a_save_writes_the_file_whole_and_keeps_its_mode(studio: Served) -> None:
    path = studio.folder / "en" / "terse.jinja"
    path.chmod(0o640)
    base = studio.post("source", template="terse", language="en").json()["digest"]
    text = TEMPLATE.replace("terse", "terser ∀")
    saved = studio.post("save", template="terse", language="en", text=text, base=base)
    assert saved.status == 200
    assert path.read_text(encoding="utf-8") == text
    assert path.stat().st_mode & 0o777 == 0o640
    assert {one.name for one in path.parent.iterdir()} == {"terse.jinja", "linked.jinja"}


def test_a_save_never_undoes_what_another_has_saved(studio: Served) -> None:
    path = studio.folder / "en" / "terse.jinja"
    base = studio.post("source", template="terse", language="en").json()["digest"]
    path.write_text(TEMPLATE + "\n", encoding="utf-8")
    saved = studio.post("save", template="terse", language="en", text="mine", base=base)
    assert saved.status == 409
    assert path.read_text(encoding="utf-8") == TEMPLATE + "\n"


@pytest.mark.parametrize(
    ("text", "status"), [("\ud800", 400), ("a" * (templates.LARGEST + 1), 413), (None, 400)]
)
def test_what_is_no_template_s_text_is_not_written(
    studio: Served, text: str | None, status: int
) -> None:
    saved = studio.post("save", template="terse", language="en", text=text, base=None)
    assert saved.status == status
    assert (studio.folder / "en" / "terse.jinja").read_text(encoding="utf-8") == TEMPLATE


def test_the_largest_template_is_saved_and_can_be_saved_over(studio: Served) -> None:
    largest = TEMPLATE + "\n" * (templates.LARGEST - len(TEMPLATE))
    for text in (largest, TEMPLATE):
        saved = studio.post("save", template="terse", language="en", text=text, base=None)
        assert saved.status == 200
        assert (studio.folder / "en" / "terse.jinja").read_text(encoding="utf-8") == text


def test_the_largest_template_fits_into_a_body_however_it_is_escaped() -> None:
    assert len(json.dumps("\x01" * templates.LARGEST)) < LARGEST


# ── what is seen ────────────────────────────────────────────────────────────────────────────────


def test_the_view_is_the_prompt_that_is_sent(studio: Served) -> None:
    command = [sys.executable, "-m", "evalsuite", "prompts", "show", TASK, "--shots", "2"]
    command += ["--template", "terse", "--prompts", str(studio.folder), "--form", "text"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    parts = studio.look()["preview"]["parts"]
    assert "".join(part["text"] for part in parts) == shown.stdout.removesuffix("\n")
    assert [part["kind"] for part in parts].count("shot") == 2


@pytest.mark.parametrize("form", ["text", "alpaca", "chat"])
@pytest.mark.parametrize("labels", ["gold", "shuffled", "none"])
@pytest.mark.parametrize("k", [0, 2])
def test_every_condition_can_be_looked_at(studio: Served, form: str, labels: str, k: int) -> None:
    for description in (True, False):
        view = studio.look(form=form, labels=labels, k=k, description=description)
        assert view["problem"] is None
        kinds = [part["kind"] for part in view["preview"]["parts"]]
        assert ("description" in kinds) == description
        assert kinds.count("answer") == (0 if labels == "none" else k)


def test_what_is_typed_is_shown_and_not_written(studio: Served) -> None:
    view = studio.look(text=TEMPLATE.replace("Conclusion:", "So:"))
    assert any("So:" in part["text"] for part in view["preview"]["parts"])
    assert (studio.folder / "en" / "terse.jinja").read_text(encoding="utf-8") == TEMPLATE


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (TEMPLATE.replace("{{ conclusion }}", "{{ conclusoin }}"), 10, "conclusoin"),
        (TEMPLATE.replace("{% endfor %}\n", ""), 9, "endblock"),
        (TEMPLATE.replace("about: terse", "about: [terse"), 2, "YAML"),
        (TEMPLATE.replace('"no"', '"yes"'), 1, "answer"),
        ("", 1, "no block"),
    ],
)
def test_a_mistake_is_told_with_its_line(studio: Served, text: str, line: int, word: str) -> None:
    view = studio.look(text=text)
    assert view["preview"] is None
    assert word in view["problem"]["message"]
    assert any(one["severity"] == "error" and one["line"] >= line for one in view["findings"])


def test_the_scores_are_those_of_the_model(studio: Served, model: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    view = studio.look()["preview"]
    text = "".join(part["text"] for part in view["parts"])
    given = studio.post("scores", **looked()).json()["scores"]
    tokenizer = AutoTokenizer.from_pretrained(model)
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    for choice, score in zip(view["choices"], given, strict=True):
        ids = torch.tensor([tokenizer(text + choice["text"]).input_ids])
        with torch.inference_mode():
            logits = loaded(ids).logits[0, :-1].log_softmax(-1)
        steps = logits.gather(1, ids[0, 1:, None])[-choice["tokens"] :]
        assert score["log_likelihood"] == pytest.approx(float(steps.sum()), abs=1e-3)
        assert score["probability"] == pytest.approx(math.exp(score["log_likelihood"]))
    assert sum(score["share"] for score in given) == pytest.approx(1)


@pytest.mark.parametrize("text", [ENDLESS, HUGE], ids=["endless", "huge"])
def test_a_hostile_template_is_stopped_while_others_are_answered(studio: Served, text: str) -> None:
    begun = time.monotonic()
    body = json.dumps(looked(text=text)).encode()
    with closing(HTTPConnection(*studio.place, timeout=60)) as slow:
        headers = {"Origin": f"http://{studio.host}", "X-Studio-Token": studio.token}
        slow.request("POST", "/api/look", body, {**headers, "Content-Type": "application/json"})
        time.sleep(0.2)
        asked = time.monotonic()
        assert studio.ask("GET", "/api/start").status == 200
        assert time.monotonic() - asked < 20
        seen = json.loads(slow.getresponse().read())
    assert seen["preview"] is None
    assert re.search("takes over|writes over", seen["problem"]["message"])
    assert time.monotonic() - begun < 60  # two, where the machine is not busy
    assert studio.look()["preview"] is not None


def shipped() -> Setting:
    """Return a studio's setting with what ships alone."""
    return Setting(
        task=tasks.task(TASK, (paths.shipped("tasks"),)),
        template=TASK,
        language="en",
        folders=(paths.shipped("prompts"),),
        own=(),
        model=None,
    )


def test_all_blocks_together_have_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_SECONDS", 0.2)
    asked: Any = looked(template=TASK, k=0)
    desk = view.desk(shipped())
    view.draw(desk, Look(**asked), ())
    found = view.seen(desk, Look(**asked | {"text": ENDLESS}))
    assert found.problem is not None
    assert "all that it writes takes over 0.2 s" in found.problem.message
    assert [one.kind for one in found.findings] != []
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_what_no_limit_of_python_s_stops_is_ended() -> None:
    asked: Any = looked(template=TASK, k=0)
    with closing(Worker(shipped(), rendering=0.3)) as worker:
        seen = worker.look(Look(**asked | {"text": ENDLESS}))
        assert seen.problem is not None
        assert "was stopped" in seen.problem.message
        worker._rendering = 60
        assert worker.look(Look(**asked)).preview is not None


# ── from beginning to end ───────────────────────────────────────────────────────────────────────


def test_ctrl_c_ends_it_cleanly_though_a_page_is_open(tmp_path: Path) -> None:
    with serving(written(tmp_path)) as served:
        assert served.look(k=0)["preview"] is not None
        children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
        workers = [int(one) for one in children.read_text(encoding="ascii").split()]
        with closing(HTTPConnection(*served.place, timeout=30)) as connection:
            connection.request(
                "GET",
                "/api/changes?template=terse&language=en",
                None,
                {"X-Studio-Token": served.token},
            )
            assert connection.getresponse().readline().startswith(b"data: ")
            served.process.send_signal(signal.SIGINT)
            _, err = served.process.communicate(timeout=30)
        assert served.process.returncode == 0
        assert "Traceback" not in err
        assert "Error" not in err
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{one}").exists() for one in workers):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "neither a template nor a task is named"),
        (["tersest", "--task", TASK], "unknown template in `en` `tersest`"),
        (["--task", "sylogism"], "unknown task `sylogism`"),
        (["--task", TASK, "--language", "xx"], "unknown language `xx`"),
        (["--task", TASK, "--model", "no-such"], "unknown model `no-such`"),
        (["--task", TASK, "--prompts", "no/such"], "`no/such` is no folder"),
    ],
)
def test_a_mistake_is_told_before_anything_is_served(
    words: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = caller(capsys, monkeypatch)("prompts", "studio", *words)
    assert ran.status == 2
    assert ran.out == ""
    assert told in ran.err


def test_a_template_s_own_task_is_asked_where_none_is_named(tmp_path: Path) -> None:
    folder = written(tmp_path)
    asked = TEMPLATE.replace("about: terse", f"task: {TASK}")
    (folder / "en" / "terse.jinja").write_text(asked, encoding="utf-8")
    folders, task_folders = (folder, paths.shipped("prompts")), (paths.shipped("tasks"),)
    assert cli_studio._task("terse", None, "en", folders, task_folders).name == TASK
    assert cli_studio._task(TASK, None, "en", folders, task_folders).template == TASK


def test_a_port_that_is_taken_is_told(studio: Served) -> None:
    _, port = studio.place
    command = [sys.executable, "-m", "evalsuite", "prompts", "studio", "--task", "entailment"]
    ran = subprocess.run(
        [*command, "--port", str(port)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert f"port {port}: " in ran.stderr
    assert "hint: " in ran.stderr


# ── in a browser ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def page(browser: Browser, studio: Served) -> Iterator[Page]:
    """Open the page; in the end, hold that it was quiet, and asked nothing of anyone else."""
    told: list[str] = []
    with closing(browser.new_context()) as context:
        opened = context.new_page()
        opened.on("console", lambda message: told.append(message.text))
        opened.on("pageerror", lambda error: told.append(str(error)))
        opened.on("dialog", lambda dialog: told.append(dialog.message))
        opened.on("request", lambda request: told.append(request.url))
        opened.goto(studio.address)
        expect(opened.locator("#prompt .query")).to_contain_text("Conclusion:")
        yield opened
    ours = f"http://{studio.host}/"
    assert [text for text in told if not text.startswith(ours)] == []


def test_a_page_shows_the_prompt_with_the_model_s_scores(page: Page) -> None:
    shots = page.locator("#prompt .shot")
    expect(page.locator("#answers")).to_contain_text("%")
    expect(shots).to_have_count(0)
    expect(page.locator("#labels")).to_be_disabled()
    page.locator("#k").fill("2")
    expect(shots).to_have_count(2)
    expect(page.locator("#answers")).to_contain_text("%")
    page.locator("#description").uncheck()
    expect(page.locator("#prompt .description")).to_have_count(0)
    page.locator("#form").select_option("chat")
    expect(page.locator("#prompt .special").first).to_be_visible()


def test_a_page_follows_the_file(page: Page, studio: Served) -> None:
    path = studio.folder / "en" / "terse.jinja"
    changed = TEMPLATE.replace("Conclusion:", "Therefore:")
    path.write_text(changed, encoding="utf-8")
    expect(page.locator("#prompt .query")).to_contain_text("Therefore:")
    expect(page.locator("#source")).to_have_value(changed)
    expect(page.locator("#findings .error")).to_have_count(0)
    path.write_text(TEMPLATE.replace("yes or no.", "yes or no. "), encoding="utf-8")
    wrong = page.locator("#findings li.error")
    expect(wrong.first).to_contain_text("trailing-space")
    wrong.first.get_by_role("button").click()
    expect(page.locator("#source")).to_be_focused()


def test_a_page_saves_what_is_typed(page: Page, studio: Served) -> None:
    mended = TEMPLATE.replace("Conclusion:", "Hence:")
    page.locator("#source").fill(mended)
    expect(page.locator("#state")).to_have_text("not saved")
    expect(page.locator("#prompt .query")).to_contain_text("Hence:")
    page.keyboard.press("Control+s")
    expect(page.locator("#state")).to_have_text("saved")
    assert (studio.folder / "en" / "terse.jinja").read_text(encoding="utf-8") == mended


@pytest.mark.parametrize("kept", ["Theirs:", "Mine:"])
def test_a_page_loses_nothing_where_page_and_file_both_change(
    page: Page, studio: Served, kept: str
) -> None:
    path = studio.folder / "en" / "terse.jinja"
    page.locator("#source").fill(TEMPLATE.replace("Conclusion:", "Mine:"))
    path.write_text(TEMPLATE.replace("Conclusion:", "Theirs:"), encoding="utf-8")
    expect(page.locator("#conflict")).to_be_visible()
    expect(page.locator("#prompt .query")).to_contain_text("Mine:")
    page.locator("#take" if kept == "Theirs:" else "#keep").click()
    expect(page.locator("#conflict")).to_be_hidden()
    expect(page.locator("#prompt .query")).to_contain_text(kept)
    if kept == "Mine:":
        page.locator("#save").click()
        expect(page.locator("#state")).to_have_text("saved")
    assert kept in path.read_text(encoding="utf-8")


def test_a_page_survives_hostile_templates(page: Page) -> None:
    source, problem = page.locator("#source"), page.locator("#problem")
    source.fill(ENDLESS)
    expect(problem).to_contain_text("takes over")
    source.fill(MARKUP)
    expect(problem).to_be_hidden()
    expect(page.locator("#prompt")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("#prompt img, #prompt script").count() == 0
    source.fill(TEMPLATE)  # else it would ask whether to leave


def test_a_page_can_be_made_to_ask_no_one_else(browser: Browser, studio: Served) -> None:
    page = browser.new_page()
    page.goto(studio.address)
    blocked = page.evaluate(
        """(address) => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) =>
                resolve(event.effectiveDirective));
            const image = document.createElement("img");
            image.src = address;
            document.body.append(image);
        })""",
        f"http://{BEACON}",
    )
    assert blocked == "img-src"
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>mine</b>'")
    page.close()


def test_a_page_lets_a_shipped_template_be_read_alone(page: Page) -> None:
    page.locator("#template").select_option("entailment")
    expect(page.locator("#state")).to_have_text("read-only")
    expect(page.locator("#save")).to_be_disabled()
    assert not page.locator("#source").is_editable()


@pytest.mark.parametrize("width", [390, 800, 1440])
def test_a_page_fits_its_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
