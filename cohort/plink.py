"""Dosages that PLINK writes (``--export A``, ``--recode A``): read as a table of participants.

A ``.raw`` file has FID IID PAT MAT SEX PHENOTYPE, then a column ``SNP_ALLELE`` for each variant with the number of that
allele, 0 to 2, separated by white space; ``NA`` is missing. A column may also be ``SNP_ALLELE(/OTHER)``, and
``SNP_HET`` of a dominance coding. Named variants are taken, as numbers of the allele that the table of variants counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cohort.errors import InputError
from cohort.files import Table, file_content, table_of
from cohort.genome import Variants

HEADER = ("FID", "IID", "PAT", "MAT", "SEX", "PHENOTYPE")
_SEX = {"1": "male", "2": "female", "0": "", "NA": "", "": ""}
_DOSAGE = re.compile(r"(?P<variant>.+)_(?P<allele>[^_(]+)(?:\(/(?P<other>[^)]*)\))?")
_SHORT = {"D": "deletion", "I": "insertion"}
_COMPLEMENT = {"A": "T", "T": "A", "C": "G", "G": "C"}
MOST_NAMED = 5  # columns that are not used, named in the message


@dataclass(frozen=True)
class Raw:
    """A ``.raw`` file as a table with columns ``id``, ``sex`` and named variants, and what of it is not used."""

    table: Table
    notes: list[str]


def is_raw(path: str | Path) -> bool:
    """Whether a file is named as PLINK names its dosages."""
    return Path(path).suffix == ".raw"


def read_raw(path: str | Path, variants: Variants) -> Raw:
    """Read a ``.raw`` file.

    Raises InputError, with every fault, for a header that is not PLINK's, rows of another length, a sex other than 1,
    2 or 0, a dosage outside 0 to 2, an allele that is neither of the variant's, or a variant that is there twice.
    """
    path = Path(path)
    table = table_of(path, _records(path))
    if tuple(table.columns)[: len(HEADER)] != HEADER:
        raise InputError(f"{path}: is no .raw file of PLINK; permitted: a header that starts with {' '.join(HEADER)}")
    table = Table(path, {name: _known(cells) for name, cells in table.columns.items()}, table.rows)
    faults: list[str] = []
    notes: list[str] = []
    taken = _named(table, variants, faults, notes)
    sexes = [i for i, cell in enumerate(table.columns["SEX"]) if cell not in _SEX]
    faults += [table.fault(i, "SEX", "is not permitted: 1 (male), 2 (female) or 0 (unknown)") for i in sexes]
    dosages = {name: table.numbers(column, 0, 2, faults) for name, (column, _) in taken.items()}
    table.refuse(faults)
    out = {"id": _ids(table), "sex": [_SEX[cell] for cell in table.columns["SEX"]]}
    for name, (_, turned) in taken.items():
        counts = 2.0 - dosages[name] if turned else dosages[name]
        out[name] = ["" if count != count else repr(float(count)) for count in counts]
    return Raw(Table(path, out, table.rows), [*notes, *_unused(table, {column for column, _ in taken.values()})])


def _records(path: Path) -> list[list[str]]:
    content = file_content(path, "permitted: dosages as PLINK exports them")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError(f"{path}: is not a text file in UTF-8; permitted: dosages as PLINK exports them")
    return [line.split() for line in text.splitlines()]


def _known(cells: list[str]) -> list[str]:
    return ["" if cell == "NA" else cell for cell in cells]


def _named(table: Table, variants: Variants, faults: list[str], notes: list[str]) -> dict[str, tuple[str, bool]]:
    """Column of each named variant, and whether it counts the other allele."""
    taken: dict[str, tuple[str, bool]] = {}
    for column in list(table.columns)[len(HEADER) :]:
        found = _DOSAGE.fullmatch(column)
        if found is None or found["variant"] not in variants.names or found["allele"] == "HET":
            continue
        name = found["variant"]
        counted, other = variants.alleles[variants.names.index(name)]
        given = [_SHORT.get(a, a) if counted == "deletion" else a for a in (found["allele"], found["other"]) if a]
        wrong = [a for a in given if a not in (counted, other)]
        if wrong:
            faults.append(
                f"column '{column}': allele '{wrong[0]}' is neither of {name}; permitted: {counted} or {other} "
                "(forward strand)"
            )
        elif name in taken:
            faults.append(f"column '{column}': {name} is there twice, as '{taken[name][0]}'; give it once")
        else:
            taken[name] = column, given[0] == other
            if _COMPLEMENT.get(counted) == other:
                notes.append(f"{name} is {counted}/{other}, alike on both strands: taken to be of the forward strand")
    return taken


def _ids(table: Table) -> list[str]:
    """IID; where two families use the same, FID:IID."""
    iids = table.columns["IID"]
    if len(set(iids)) == len(iids):
        return iids
    return [f"{fid}:{iid}" for fid, iid in zip(table.columns["FID"], iids, strict=True)]


def _unused(table: Table, taken: set[str]) -> list[str]:
    """A line on what was not used; none when everything was."""
    dosages = list(table.columns)[len(HEADER) :]
    rest = [column for column in dosages if column not in taken]
    told = []
    if rest:
        listed = ", ".join(rest[:MOST_NAMED]) + (" and so on" if len(rest) > MOST_NAMED else "")
        told.append(f"{len(rest)} of {len(dosages)} columns of dosages, which are no named variants ({listed})")
    empty = {"PAT": ("", "0"), "MAT": ("", "0"), "PHENOTYPE": ("", "-9")}
    told += [column for column, blank in empty.items() if any(cell not in blank for cell in table.columns[column])]
    return [f"not used: {', '.join(told)}"] if told else []
