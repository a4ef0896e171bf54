"""Syllogisms, opposition and sorites: what each kind draws, says and certifies."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import paths, prompts, tasks, templates
from evalsuite.families import Drawing
from evalsuite.families.syllogisms import (
    _inferring,
    _nouns,
    _saying,
    opposition,
    sorites,
    syllogism,
)
from evalsuite.families.syllogisms._inferring import Inference
from evalsuite.families.syllogisms._nouns import Noun
from evalsuite.families.syllogisms.opposition import Opposed
from evalsuite.instances import certified
from evalsuite.logic import syllogistic
from evalsuite.logic.structures import Structure, satisfies
from evalsuite.logic.syllogistic import MOODS, Categorical, Mood, Term
from evalsuite.logic.text import reading
from evalsuite.logic.writing import show
from evalsuite.records import Draft
from tests.strategies import rngs

# mypy holds each module against the protocol here.
KINDS: dict[str, Drawing] = {
    "opposition": opposition,
    "sorites": sorites,
    "syllogism": syllogism,
}
INFERENCES = ("sorites", "syllogism")
TASKS = tuple(sorted(path.stem for path in (paths.shipped("tasks") / "syllogisms").glob("*.yaml")))


def draft(kind: Drawing, rung: int, gold: int, seed: int, **params: object) -> Draft:
    rng = Random(f"{rung} {gold} {seed}")
    drafts = (kind.draw(kind.Params(**params), rung, gold, rng) for _ in range(1000))
    return next(one for one in drafts if one is not None)


@cache
def drafts(name: str, *, imported: bool = False) -> tuple[tuple[int, int, Draft], ...]:
    kind = KINDS[name]
    params = {"existential_import": imported} if name in INFERENCES else {}
    return tuple(
        (rung, gold, draft(kind, rung, gold, seed, **params))
        for rung in kind.rungs(kind.Params())
        for gold in range(kind.CHOICES)
        for seed in range(2)
    )


def inference(one: Draft) -> Inference:
    assert isinstance(one.problem, Inference)
    return one.problem


def follows(one: Inference, premises: tuple[Categorical, ...]) -> bool:
    return syllogistic.follows(premises, one.conclusion, imported=one.imported)


# ── every kind ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", KINDS)
def test_both_deciders_come_to_the_label(name: str) -> None:
    for _, gold, one in drafts(name):
        assert KINDS[name].decide(one.problem) == (gold, gold)


@pytest.mark.parametrize("name", INFERENCES)
def test_both_deciders_come_to_the_label_with_existential_import(name: str) -> None:
    for _, gold, one in drafts(name, imported=True):
        assert KINDS[name].decide(one.problem) == (gold, gold)


@pytest.mark.parametrize("name", KINDS)
def test_forms_differ(name: str) -> None:
    forms = [KINDS[name].canonical(one.problem) for _, _, one in drafts(name)]
    assert len(set(forms)) == len(forms)


@pytest.mark.parametrize("name", INFERENCES)
def test_a_form_does_not_hang_on_order(name: str) -> None:
    for _, _, one in drafts(name):
        whole = inference(one)
        turned = replace(whole, premises=whole.premises[::-1])
        assert KINDS[name].canonical(whole) == KINDS[name].canonical(turned)


@pytest.mark.parametrize("name", KINDS)
def test_surfaces_ask_about_the_same_problems(name: str) -> None:
    kind = KINDS[name]
    for gold in range(kind.CHOICES):
        words, nonce = (draft(kind, 3, gold, 7, surface=one) for one in ("words", "nonce"))
        assert words.problem == nonce.problem
        assert words.shown != nonce.shown
        if name != "opposition":
            symbols = draft(kind, 3, gold, 7, surface="symbols")
            assert symbols.problem == words.problem
            assert symbols.formal == words.formal


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("opposition", {"fewest": 0}),
        ("opposition", {"most": 5}),
        ("opposition", {"surface": "symbols"}),
        ("opposition", {"surface": "verse"}),
        ("sorites", {"fewest_premises": 1}),
        ("sorites", {"most_premises": 7}),
        ("sorites", {"surface": "verse"}),
        ("syllogism", {"fewest_premises": 1}),
        ("syllogism", {"fewest_premises": 5, "most_premises": 4}),
        ("syllogism", {"surface": "verse"}),
    ],
)
def test_what_is_out_of_reach_is_refused(name: str, params: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"`(fewest|surface)"):
        KINDS[name].Params(**params)


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", TASKS)
def test_tasks_render(name: str, language: str) -> None:
    task = tasks.task(name, (paths.shipped("tasks"),))
    kind = KINDS[task.family]
    rung = kind.rungs(task.params)[0]
    drawn = (kind.draw(task.params, rung, 0, Random(seed)) for seed in range(100))
    one = next(found for found in drawn if found is not None)
    instance = certified(one, task=task, name="t/0", gold=0, form="")
    template = templates.template(task.template, language, (paths.shipped("prompts"),))
    prompts.check(template, instance)
    text = prompts.query(template, instance)
    assert "{" not in text
    assert ("Suponha" in text or "Não suponha" in text or "pode" in text) == (language == "pt")
    assert len(prompts.answers(template, instance)) == kind.CHOICES


# ── syllogisms and sorites ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("name", INFERENCES)
def test_no_inference_is_vacuous(name: str, imported: bool) -> None:  # noqa: FBT001
    for _, gold, one in drafts(name, imported=imported):
        whole = inference(one)
        assert syllogistic.consistent(whole.premises, imported=imported)
        assert whole.conclusion not in whole.premises
        assert not follows(whole, ())
        assert not any(follows(whole, (premise,)) for premise in whole.premises)
        assert follows(whole, whole.premises) == (gold == 0)


def words(one: Draft) -> Counter[str]:
    sentences = [*one.shown["premises"], one.shown["conclusion"]]  # type: ignore[misc]
    return Counter(" ".join(text["en"] for text in sentences).lower().replace(".", "").split())


@settings(deadline=None, max_examples=30)
@given(rngs, st.sampled_from(INFERENCES))
def test_the_other_label_has_the_same_words_and_conclusion(rng: Random, name: str) -> None:
    kind = KINDS[name]
    state = rng.getstate()
    for rung in kind.rungs(kind.Params()):
        both = []
        for gold in (0, 1):
            rng.setstate(state)
            both.append(kind.draw(kind.Params(), rung, gold, rng))
        first, second = both
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            assert words(first) == words(second)
            assert first.shown["conclusion"] == second.shown["conclusion"]


def test_conclusions_are_true_of_the_world_as_often_under_each_label() -> None:
    for gold in (0, 1):
        counts = Counter(draft(syllogism, 2, gold, n).tags["conclusion"] for n in range(200))
        assert 60 < counts["plausible"] < 140


def test_the_formal_problem_says_what_is_imported() -> None:
    for imported in (False, True):
        one = draft(syllogism, 2, 0, 3, existential_import=imported)
        premises = one.formal["premises"]
        assert isinstance(premises, list)
        assert len(premises) == (5 if imported else 2)
        assert all(show(reading.formula(str(text))) == text for text in premises)


# ── opposition ──────────────────────────────────────────────────────────────────────────────────


def test_words_go_with_no_relation() -> None:
    """Each relation has each way of denying, with moods of either kind, in every rung."""
    for complements in (1, 2, 3):
        kinds = set(opposition._pairs(complements))
        assert kinds == set(product(opposition.LABELS, (True, False), (True, False), ("AO", "EI")))


def test_opposed_propositions_are_two() -> None:
    for _, _, one in drafts("opposition"):
        assert isinstance(one.problem, Opposed)
        assert one.problem.first != one.problem.second


# ── the logic ───────────────────────────────────────────────────────────────────────────────────

S, M, P = Term("S"), Term("M"), Term("P")


def valid_forms(*, imported: bool) -> set[str]:
    found = set()
    for major, minor, last in product(MOODS, repeat=3):
        for figure, (upper, lower) in enumerate(
            [((M, P), (S, M)), ((P, M), (S, M)), ((M, P), (M, S)), ((P, M), (M, S))], 1
        ):
            premises = (Categorical(major, *upper), Categorical(minor, *lower))
            if syllogistic.follows(premises, Categorical(last, S, P), imported=imported):
                found.add(f"{major}{minor}{last}-{figure}")
    return found


def test_15_forms_are_valid_and_24_with_existential_import() -> None:
    modern, traditional = valid_forms(imported=False), valid_forms(imported=True)
    assert modern == {
        *("AAA-1", "EAE-1", "AII-1", "EIO-1", "AEE-2", "EAE-2", "AOO-2", "EIO-2"),
        *("AII-3", "IAI-3", "EIO-3", "OAO-3", "AEE-4", "IAI-4", "EIO-4"),
    }
    assert traditional - modern == {
        *("AAI-1", "EAO-1", "AEO-2", "EAO-2", "AAI-3", "EAO-3", "AAI-4", "AEO-4", "EAO-4"),
    }


def test_the_square_of_opposition() -> None:
    a, e, i, o = (Categorical(mood, S, P) for mood in MOODS)
    assert {
        (one.mood, other.mood): syllogistic.relation(one, other)
        for one, other in ((a, e), (a, i), (a, o), (e, i), (e, o), (i, o))
    } == {
        ("A", "E"): "contrary",
        ("A", "I"): "subaltern",
        ("A", "O"): "contradictory",
        ("E", "I"): "contradictory",
        ("E", "O"): "subaltern",
        ("I", "O"): "subcontrary",
    }
    assert syllogistic.relation(e, Categorical("E", P, S)) == "equivalent"
    assert syllogistic.relation(a, Categorical("A", P, S)) == "independent"
    assert syllogistic.relation(a, Categorical("O", S, P, denied=True)) == "equivalent"
    assert syllogistic.relation(a, Categorical("E", S, Term("P", positive=False))) == "equivalent"


def test_an_octagon_has_two_terms() -> None:
    with pytest.raises(ValueError, match="3 terms"):
        syllogistic.relation(Categorical("A", S, P), Categorical("A", S, M))


def test_nothing_follows_from_what_cannot_be() -> None:
    premises = (Categorical("A", S, P), Categorical("O", S, P))
    assert not syllogistic.consistent(premises, imported=False)
    with pytest.raises(ValueError, match="inconsistent"):
        syllogistic.follows(premises, Categorical("I", S, M), imported=False)


def test_a_venn_diagram_knows_no_denials() -> None:
    with pytest.raises(ValueError, match="denied"):
        syllogistic.consistent((Categorical("A", S, P, denied=True),), imported=False)


moods = st.sampled_from(MOODS)
terms = st.sampled_from((S, M, P))
propositions = st.tuples(moods, terms, terms).filter(lambda one: one[1] != one[2])


def worlds() -> list[Structure]:
    """Return each set of inhabited regions of three terms."""
    regions = ["".join(c) for c in product("01", repeat=3)]
    return [
        Structure(
            domain=tuple(f"r{region}" for region in inhabited),
            constants={},
            functions={},
            predicates={
                name: frozenset((f"r{region}",) for region in inhabited if region[place] == "1")
                for place, name in enumerate("SMP")
            },
        )
        for bits in range(1, 256)
        if (inhabited := [region for place, region in enumerate(regions) if bits >> place & 1])
    ]


@settings(deadline=None, max_examples=25)
@given(st.lists(propositions, max_size=3), propositions, st.booleans())
def test_the_diagram_agrees_with_every_set_of_inhabited_regions(
    given_premises: list[tuple[Mood, Term, Term]],
    claim: tuple[Mood, Term, Term],
    imported: bool,  # noqa: FBT001
) -> None:
    premises = [Categorical(*one) for one in given_premises]
    conclusion = Categorical(*claim)
    used = [Term(name) for name in syllogistic.names((*premises, conclusion))]
    imports = syllogistic.existence(used) if imported else ()
    claims = (*map(syllogistic.formula, premises), *imports)
    models = [world for world in worlds() if all(satisfies(world, one) for one in claims)]
    if not models:
        with pytest.raises(ValueError, match="inconsistent"):
            syllogistic.follows(premises, conclusion, imported=imported)
        return
    expected = all(satisfies(world, syllogistic.formula(conclusion)) for world in models)
    assert syllogistic.follows(premises, conclusion, imported=imported) == expected


# ── words ───────────────────────────────────────────────────────────────────────────────────────

NOUNS = {"S": Noun("birds", "ave", feminine=True), "P": Noun("cats", "gato", feminine=False)}


@pytest.mark.parametrize(
    ("one", "english", "portuguese"),
    [
        (Categorical("A", S, P), "All birds are cats.", "Toda ave é gato."),
        (Categorical("E", P, S), "No cats are birds.", "Nenhum gato é ave."),
        (Categorical("I", S, P), "Some birds are cats.", "Alguma ave é gato."),
        (Categorical("O", P, S), "Some cats are not birds.", "Algum gato não é ave."),
        (
            Categorical("A", Term("S", positive=False), P, denied=True),
            "It is not the case that all non-birds are cats.",
            "Não é verdade que toda não-ave é gato.",
        ),
    ],
)
def test_sentences_agree(one: Categorical, english: str, portuguese: str) -> None:
    assert _saying.say(one, NOUNS) == {"en": english, "pt": portuguese}


def test_prefaces_affirm_and_deny() -> None:
    one = Categorical("A", S, P)
    assert _saying.say(one, NOUNS, "roundabout") == {
        "en": "It is not incorrect to say that all birds are cats.",
        "pt": "Não é incorreto dizer que toda ave é gato.",
    }
    assert _saying.say(replace(one, denied=True), NOUNS, "direct") == {
        "en": "It is incorrect to say that all birds are cats.",
        "pt": "É incorreto dizer que toda ave é gato.",
    }


def noun(english: str) -> Noun:
    return next(one for one in _nouns.real() if one.en == english)


def test_what_is_known_of_the_world() -> None:
    poodles, dogs, cars = map(noun, ("poodles", "dogs", "cars"))
    said: dict[Mood, tuple[bool, bool, bool]] = {
        "A": (True, False, False),
        "E": (False, False, True),
        "I": (True, True, False),
        "O": (False, True, True),
    }
    for mood, truths in said.items():
        pairs = ((poodles, dogs), (dogs, poodles), (poodles, cars))
        assert tuple(_nouns.is_plausible(mood, *pair) for pair in pairs) == truths


def test_there_are_nouns_enough_and_none_twice() -> None:
    for nouns in (_nouns.real(), _nouns.NONCE):
        assert len(nouns) == len({one.en for one in nouns}) == len({one.pt for one in nouns})
        assert len(nouns) >= 2 * (sorites._MOST + 1)
    for mood, plausible in product(MOODS, (True, False)):
        assert len(_inferring.pairs(mood, plausible)) >= 60
