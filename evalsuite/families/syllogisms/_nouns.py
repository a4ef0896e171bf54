"""Nouns in English and Portuguese, what falls under what, and made-up ones.

English nouns are plural, Portuguese ones singular with their gender. Two real nouns of which
neither falls under the other have nothing in common, so that it is known of any categorical
proposition about them whether it is true of the real world.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from evalsuite.logic.syllogistic import Mood


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun: plural in English, singular in Portuguese."""

    en: str
    pt: str
    feminine: bool


# One noun a line, below what it falls under: English / Portuguese / gender.
_TAXONOMY: Final = """
animals / animal / m
  mammals / mamífero / m
    dogs / cachorro / m
      poodles / poodle / m
      beagles / beagle / m
    cats / gato / m
    horses / cavalo / m
    whales / baleia / f
    bats / morcego / m
    monkeys / macaco / m
  birds / ave / f
    eagles / águia / f
    penguins / pinguim / m
    parrots / papagaio / m
    owls / coruja / f
  insects / inseto / m
    bees / abelha / f
    ants / formiga / f
    butterflies / borboleta / f
  reptiles / réptil / m
    snakes / cobra / f
      rattlesnakes / cascavel / f
    lizards / lagarto / m
    turtles / tartaruga / f
plants / planta / f
  trees / árvore / f
    oaks / carvalho / m
    pines / pinheiro / m
  cacti / cacto / m
vehicles / veículo / m
  cars / carro / m
    taxis / táxi / m
  bicycles / bicicleta / f
  ships / navio / m
  trains / trem / m
tools / ferramenta / f
  hammers / martelo / m
  saws / serra / f
  axes / machado / m
chairs / cadeira / f
tables / mesa / f
beds / cama / f
instruments / instrumento / m
  pianos / piano / m
  violins / violino / m
  flutes / flauta / f
  drums / tambor / m
garments / roupa / f
  shirts / camisa / f
  skirts / saia / f
  coats / casaco / m
fruits / fruta / f
  apples / maçã / f
  bananas / banana / f
  oranges / laranja / f
"""

_MADE_UP: Final = (
    *("daxes daco", "wugs vugo", "blicks blico", "feps fepa", "zorps zorpo", "glims glima"),
    *("krells crelo", "tomas tuma", "vleeps lipa", "snorks norco", "plims plimo", "quonks quonca"),
    *("brimps brimpo", "yaffles iafa", "drunts drunto", "moffs mufo", "teebs tibo"),
    *("skiffets esquifa", "gorbs gorbo", "larps larpa", "nizzes nizo", "hulps ulpa"),
    *("crivs crilo", "fendles fendra", "jorts jorto", "pabs pabosa", "rindles rindro"),
    *("stonks tunca", "ulgs ulgo", "wimbles vimpa"),
)

NONCE: Final = tuple(
    Noun(english, portuguese, feminine=portuguese.endswith("a"))
    for english, portuguese in map(str.split, _MADE_UP)
)


@lru_cache(maxsize=1)
def _placed() -> dict[Noun, frozenset[Noun]]:
    """Return each real noun with all that it falls under."""
    return dict(_lines())


def _lines() -> Iterator[tuple[Noun, frozenset[Noun]]]:
    above: list[Noun] = []
    for line in _TAXONOMY.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        english, portuguese, gender = line.strip().split(" / ")
        noun = Noun(english, portuguese, feminine=gender == "f")
        above = [*above[:depth], noun]
        yield noun, frozenset(above[:-1])


def real() -> tuple[Noun, ...]:
    """Return the real nouns."""
    return tuple(_placed())


def is_under(lower: Noun, upper: Noun) -> bool:
    """Say whether all that the first noun names is what the second one names."""
    return upper == lower or upper in _placed()[lower]


def is_plausible(mood: Mood, subject: Noun, predicate: Noun) -> bool:
    """Say whether a proposition about two real nouns is true of the real world."""
    inside, around = is_under(subject, predicate), is_under(predicate, subject)
    match mood:
        case "A":
            return inside
        case "E":
            return not (inside or around)
        case "I":
            return inside or around
        case "O":
            return not inside
