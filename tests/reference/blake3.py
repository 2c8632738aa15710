"""BLAKE3 of a file's bytes, in hex, after its paper: what manifests have of inputs, worked out a second time."""

import struct

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS_THEN_DIAGONALS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK, BLOCK, MASK = 1024, 64, 0xFFFFFFFF
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8


def schedule():
    """The words of a block that each step of each of the seven rounds mixes in, and where."""
    order, steps = list(range(16)), []
    for _ in range(7):
        pairs = zip(order[::2], order[1::2])
        steps += [(*at, *words) for at, words in zip(COLUMNS_THEN_DIAGONALS, pairs)]
        order = [order[word] for word in PERMUTATION]
    return steps


STEPS = schedule()


def compress(value, words, counter, length, flags):
    """The value of a block that follows on `value`, as eight words."""
    v = [*value, *IV[:4], counter & MASK, counter >> 32, length, flags]
    for a, b, c, d, one, other in STEPS:
        va, vb, vc, vd = v[a], v[b], v[c], v[d]
        va = (va + vb + words[one]) & MASK
        vd ^= va
        vd = (vd >> 16) | (vd << 16) & MASK
        vc = (vc + vd) & MASK
        vb ^= vc
        vb = (vb >> 12) | (vb << 20) & MASK
        va = (va + vb + words[other]) & MASK
        vd ^= va
        vd = (vd >> 8) | (vd << 24) & MASK
        vc = (vc + vd) & MASK
        vb ^= vc
        vb = (vb >> 7) | (vb << 25) & MASK
        v[a], v[b], v[c], v[d] = va, vb, vc, vd
    return [low ^ high for low, high in zip(v[:8], v[8:])]


def of_chunk(chunk, counter, root):
    value, blocks = IV, range(0, max(len(chunk), 1), BLOCK)
    for at in blocks:
        block = chunk[at:at + BLOCK]
        flags = (CHUNK_START if at == 0 else 0) | (CHUNK_END | root if at == blocks[-1] else 0)
        words = struct.unpack("<16I", block.ljust(BLOCK, b"\0"))
        value = compress(value, words, counter, len(block), flags)
    return value


def of_tree(content, first, root):
    """The value of the chunks in `content`, the first of which is the file's `first`."""
    if len(content) <= CHUNK:
        return of_chunk(content, first, root)
    left = 1 << ((len(content) - 1) // CHUNK).bit_length() - 1  # chunks: a whole tree, but not all
    halves = of_tree(content[:left * CHUNK], first, 0), of_tree(content[left * CHUNK:], first + left, 0)
    return compress(IV, halves[0] + halves[1], 0, BLOCK, PARENT | root)


def blake3(content):
    return struct.pack("<8I", *of_tree(content, 0, ROOT)).hex()
