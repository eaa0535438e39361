"""RFC 6962 trees against published vectors, against a naive second implementation, under attack."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import IntegrityBroken
from harness.proof import merkle

# The leaf inputs and roots of the Certificate Transparency reference tests
# (certificate-transparency merkle_tree_test; transparency-dev/merkle testonly).
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
MANY = [merkle.leaf_hash(str(number).encode()) for number in range(40)]


def naive_root(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    pair = naive_root(entries[:split]) + naive_root(entries[split:])
    return hashlib.sha256(b"\1" + pair).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    assert merkle.root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_empty_root_is_fixed() -> None:
    assert merkle.Frontier().root().hex().startswith("e3b0c44298fc1c14")


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            2,
            3,
            ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        ),
    ],
)
def test_published_inclusion_paths(index: int, size: int, path: list[str]) -> None:
    proof = merkle.inclusion_proof(index, LEAVES[:size])
    assert [each.hex() for each in proof] == path


def test_published_consistency_proof() -> None:
    proof = merkle.consistency_proof(6, LEAVES)
    assert [each.hex() for each in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.lists(st.binary(max_size=9), max_size=70), st.data())
def test_appending_in_any_portions_gives_the_tree_of_the_rfc(
    entries: list[bytes], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    first = merkle.Frontier().extend(leaves[:cut])
    stored = merkle.Frontier.decode(first.size, first.encode())
    assert stored.extend(leaves[cut:]).root() == naive_root(entries)


def test_every_inclusion_proof_of_small_trees() -> None:
    for size in range(1, len(MANY)):
        root = merkle.root_of(MANY[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(index, MANY[:size])
            merkle.verify_inclusion(MANY[index], index, size, proof, root)
            for wrong in {0, size - 1, index ^ 1, index + 1} - {index}:
                with pytest.raises(IntegrityBroken):
                    merkle.verify_inclusion(MANY[index], wrong, size, proof, root)


def test_every_consistency_proof_of_small_trees() -> None:
    for new in range(len(MANY)):
        new_root = merkle.root_of(MANY[:new])
        for old in range(new + 1):
            old_root = merkle.root_of(MANY[:old])
            proof = merkle.consistency_proof(old, MANY[:new])
            merkle.verify_consistency(old, old_root, new, new_root, proof)


def mutations(proof: tuple[bytes, ...]) -> dict[str, tuple[bytes, ...]]:
    """The proof mutations of transparency-dev/merkle."""
    flipped = bytes([proof[0][0] ^ 1]) + proof[0][1:]
    return {
        "trailing-garbage": (*proof, b"\0" * 32),
        "preceding-root": (merkle.root_of(MANY), *proof),
        "truncated-proof": proof[:-1],
        "removed-component": proof[1:],
        "modified-proof-bit": (flipped, *proof[1:]),
        "short-hash": (proof[0][:-1], *proof[1:]),
        "empty-proof": (),
    }


@pytest.mark.parametrize("index", [0, 7, 31, 36])
def test_mutated_inclusion_proofs_prove_nothing(index: int) -> None:
    leaves = MANY[:37]
    root, proof = merkle.root_of(leaves), merkle.inclusion_proof(index, leaves)
    for mutated in mutations(proof).values():
        with pytest.raises(IntegrityBroken):
            merkle.verify_inclusion(leaves[index], index, 37, mutated, root)
    for wrong in (MANY[38], root, b""):
        with pytest.raises(IntegrityBroken):
            merkle.verify_inclusion(wrong, index, 37, proof, root)
    for wrong_root in (merkle.EMPTY_ROOT, merkle.root_of(leaves[:36]), b"", leaves[index]):
        with pytest.raises(IntegrityBroken):
            merkle.verify_inclusion(leaves[index], index, 37, proof, wrong_root)
    for wrong_size in (0, index, 37 * 2 + 64):
        with pytest.raises(IntegrityBroken):
            merkle.verify_inclusion(leaves[index], index, wrong_size, proof, root)


@pytest.mark.parametrize("old", [1, 6, 8, 32, 36])
def test_mutated_consistency_proofs_prove_nothing(old: int) -> None:
    leaves = MANY[:37]
    old_root, new_root = merkle.root_of(leaves[:old]), merkle.root_of(leaves)
    proof = merkle.consistency_proof(old, leaves)

    def refused(size: int, first: bytes, new: int, second: bytes, path: tuple[bytes, ...]) -> None:
        with pytest.raises(IntegrityBroken):
            merkle.verify_consistency(size, first, new, second, path)

    for mutated in mutations(proof).values():
        refused(old, old_root, 37, new_root, mutated)
    refused(old, new_root, 37, old_root, proof)  # swapped-roots
    refused(old, merkle.EMPTY_ROOT, 37, new_root, proof)  # empty-root
    refused(old, old_root, 37, merkle.EMPTY_ROOT, proof)
    refused(old, old_root[:-1], 37, new_root, proof)
    refused(37, new_root, old, old_root, proof)  # shrinking
    refused(old, old_root, 37 * 4, new_root, proof)
    refused(-1, old_root, 37, new_root, proof)
    refused(0, old_root, 37, new_root, ())  # an empty tree with a root of something
    refused(37, old_root, 37, new_root, ())  # a fork: equal sizes, two roots
    refused(0, merkle.EMPTY_ROOT, 0, new_root, ())


def test_an_inner_node_is_not_a_leaf() -> None:
    """L24: the two prefixes keep a pair of hashes from being an entry."""
    pair = LEAVES[0] + LEAVES[1]
    assert merkle.leaf_hash(pair) != merkle.node_hash(LEAVES[0], LEAVES[1])
    root = merkle.root_of(LEAVES[:4])
    upper = merkle.inclusion_proof(0, LEAVES[:4])[1:]
    with pytest.raises(IntegrityBroken):
        merkle.verify_inclusion(merkle.leaf_hash(pair), 0, 2, upper, root)


@pytest.mark.parametrize(
    ("size", "encoded"), [(3, b""), (1, b"\0" * 31), (1, b"\0" * 64), (-1, b"\0" * 32), (0, b"\0")]
)
def test_a_malformed_frontier_is_refused(size: int, encoded: bytes) -> None:
    with pytest.raises(IntegrityBroken, match="frontier"):
        merkle.Frontier.decode(size, encoded)


@pytest.mark.parametrize("index", [-1, 8])
def test_no_path_to_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IntegrityBroken):
        merkle.inclusion_proof(index, LEAVES)


def test_no_proof_of_a_prefix_that_is_longer() -> None:
    with pytest.raises(IntegrityBroken):
        merkle.consistency_proof(9, LEAVES)
