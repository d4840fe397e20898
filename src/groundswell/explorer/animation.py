"""One world as a picture that moves: GIF and SVG without other programs, MP4 where ffmpeg is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed
from groundswell.engine.worlds import World, available_memory
from groundswell.errors import OutputError, TheoryError, nearest
from groundswell.explorer.film import Codes, film
from groundswell.explorer.places import places_of
from groundswell.explorer.standing import Standing, standing
from groundswell.explorer.subject import Subject
from groundswell.population.specification import PopulationSpecification

KINDS = ("gif", "svg", "mp4")
_MOST_IN_SVG = 4000  # people: each is an element
_MOST_FRAMES = 300  # of a GIF or SVG: beyond, every second, third ... step is drawn
PAPER, PERSON, BLUE, OCHRE = (255, 255, 255), (204, 211, 217), (27, 106, 149), (139, 85, 28)
WASH, FAINT = (246, 247, 248), (154, 163, 172)  # water and outlines of a map
_ROLES = ((180, 190, 199), OCHRE, BLUE, (117, 82, 142), (92, 107, 33), (122, 130, 138))


@dataclass(frozen=True)
class Reel:
    """What is drawn: `codes[frame, person]` (uint8), colours by code, and people's positions."""

    codes: NDArray[np.uint8]
    colours: Sequence[tuple[int, int, int]]
    where: Standing
    seconds: float
    title: str

    @property
    def grounds(self) -> tuple[tuple[int, int, int], ...]:
        """The background: paper, or the water, land and outlines of a map."""
        return (WASH, PAPER, FAINT) if self.where.land else (PAPER,)


def animation(subject: Subject, kind: str, *, seed: int, view: str | None, size: int, seconds: float) -> bytes:
    """The animation of one world, as the bytes of a file.

    Parameters
    ----------
    kind : "gif", "svg" or "mp4".
    seed, view, size, seconds : as for `groundswell.animate`.

    Raises
    ------
    OutputError, TheoryError : for an unknown kind or view, before anything is simulated.
    """
    if kind not in KINDS:
        raise OutputError(f"an animation as {kind or 'a file without a suffix'}", expected="a .gif, .svg or .mp4")
    if not 60 <= size <= 2000 or not 1 <= seconds <= 600:
        raise OutputError(f"{size} pixels and {seconds:g} seconds", expected="60 to 2000 pixels and 1 to 600 seconds")
    ffmpeg = shutil.which("ffmpeg")
    if kind == "mp4" and ffmpeg is None:
        raise OutputError("an animation as mp4", expected="ffmpeg on this machine", instead="a .gif or .svg")
    reel = film_reel(subject, seed, view, seconds, svg=kind == "svg")
    if kind == "svg":
        return svg(reel, size).encode()
    return gif(reel, size) if kind == "gif" else _mp4(reel, size, str(ffmpeg))


def film_reel(subject: Subject, seed: int, view: str | None, seconds: float, *, svg: bool) -> Reel:
    """Simulate, and keep the frames to be drawn."""
    theory, setting = subject.theory, subject.setting
    if not theory.peopled:
        raise TheoryError(
            f"theory {theory.name}", expected="a theory of people, who can be drawn",
            instead=f"groundswell simulate {theory.name} --plot x.svg",
        )  # fmt: skip
    views = subject.bundle(seed).meta["views"]
    if not views:
        raise TheoryError(f"theory {theory.name}", expected="a state or trait to colour people by")
    names = [v["name"] for v in views]
    if view is not None and view not in names:
        raise TheoryError(f"view {view!r}", expected="one of " + ", ".join(names), instead=nearest(view, names))
    chosen = views[names.index(view)] if view is not None else views[0]
    own = derive_seed(seed, "people", 0)
    table = PopulationSpecification.model_validate(dict(setting.population))
    population = table.build(own, folder=subject.folder, memory_limit=available_memory())
    if svg and population.people > _MOST_IN_SVG:
        raise OutputError(
            f"an SVG of {population.people:,} people", expected=f"at most {_MOST_IN_SVG:,}, each an element of it",
            instead=f"--people {_MOST_IN_SVG}, or a .gif",
        )  # fmt: skip
    world = World(derive_seed(seed, "world", 0), theory.parameters(setting.params))
    every = -(-setting.steps // _MOST_FRAMES)
    frames = film(theory, population, world, setting.steps, chosen, own)
    codes = np.array([frame.codes for t, frame in enumerate(frames) if t % every == 0])
    where = standing(population, dict(setting.population), places_of(population, subject.places))
    return Reel(codes, palette(chosen["kind"], len(chosen["of"])), where, seconds, theory.title)


def palette(kind: str, of: int) -> list[tuple[int, int, int]]:
    """Colours by code, as on the page."""
    if kind == "bool":
        return [PERSON, BLUE]
    if kind == "boards":
        return [(246, 247, 248), *(_ROLES[k % len(_ROLES)] for k in range(of))]
    if kind == "kinds":
        angle = np.arange(12) * np.pi / 6
        hues = [150 + 68 * np.cos(angle - c * 2 * np.pi / 3) for c in range(3)]
        return [PAPER, *((int(r), int(g), int(b)) for r, g, b in zip(*hues, strict=True))]
    share = np.linspace(0, 1, 256)[:, None]
    mixed = np.sqrt((1 - share) * np.square(PERSON) + share * np.square(BLUE)).round().astype(int)
    return [(int(r), int(g), int(b)) for r, g, b in mixed]


# -- files -------------------------------------------------------------------------------------------------------------


def _raster(reel: Reel, size: int) -> NDArray[np.int64]:
    """For each pixel the person drawn there, or -1."""
    owner, where = np.full((size, size), -1), reel.where
    r = max(0.5, where.radius * size * 0.94)
    reach = int(np.ceil(r))
    square = where.radius * size < 1.5
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if square or dx * dx + dy * dy <= r * r:
                px = np.clip((where.x * size).astype(int) + dx, 0, size - 1)
                py = np.clip((where.y * size).astype(int) + dy, 0, size - 1)
                owner[py, px] = np.arange(where.x.size)
    return owner


def gif(reel: Reel, size: int) -> bytes:
    """The frames as a GIF that repeats; each after the first holds only the rows that changed."""
    owner, ground = _raster(reel, size), reel.where.ground(size)
    first, colours = len(reel.grounds), [*reel.grounds, *reel.colours][:256]
    bits = max(2, int(np.ceil(np.log2(len(colours)))))
    table = b"".join(bytes(c) for c in colours) + bytes(3 * (2**bits - len(colours)))
    out = [b"GIF89a", size.to_bytes(2, "little") * 2, bytes([0x80 | 0x70 | (bits - 1), 0, 0]), table]
    out.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    delay = max(2, round(100 * reel.seconds / len(reel.codes)))
    before: NDArray[np.uint8] | None = None
    for j, codes in enumerate(reel.codes):
        taken = np.minimum(codes[owner].astype(int) + first, len(colours) - 1)
        image = np.where(owner >= 0, taken, ground).astype(np.uint8)
        low, high = 0, size
        if before is not None:
            moved = np.flatnonzero((image != before).any(axis=1))
            low, high = (int(moved[0]), int(moved[-1]) + 1) if moved.size else (0, 1)
        wait = delay if j < len(reel.codes) - 1 else max(delay, 150)
        out.append(b"\x21\xf9\x04\x04" + wait.to_bytes(2, "little") + b"\x00\x00")
        places = (0, low, size, high - low)
        out.append(b"\x2c" + b"".join(v.to_bytes(2, "little") for v in places) + b"\x00" + bytes([bits]))
        data = lzw(image[low:high].ravel(), bits)
        out += [bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)] + [b"\x00"]
        before = image
    return b"".join([*out, b"\x3b"])


def lzw(pixels: NDArray[np.uint8], bits: int) -> bytes:
    """Pixels as GIF packs them (Lempel, Ziv & Welch), with codes of growing width."""
    clear, end = 1 << bits, (1 << bits) + 1
    table: dict[tuple[int, int], int] = {}
    width, following = bits + 1, end + 1
    held, count, out = 0, 0, bytearray()

    def put(code: int) -> None:
        nonlocal held, count
        held |= code << count
        count += width
        while count >= 8:
            out.append(held & 255)
            held >>= 8
            count -= 8

    put(clear)
    values = pixels.tolist()
    prefix = values[0]
    for value in values[1:]:
        known = table.get((prefix, value))
        if known is not None:
            prefix = known
            continue
        put(prefix)
        if following < 4096:
            table[(prefix, value)] = following
            if following == 1 << width and width < 12:
                width += 1
            following += 1
        else:
            put(clear)
            table.clear()
            width, following = bits + 1, end + 1
        prefix = value
    put(prefix)
    put(end)
    if count:
        out.append(held & 255)
    return bytes(out)


def _hex(colour: tuple[int, int, int]) -> str:
    red, green, blue = colour
    return f"#{red:02x}{green:02x}{blue:02x}"


def svg(reel: Reel, size: int) -> str:
    """The frames as an SVG: each person is a circle whose colour changes with the person."""
    import html

    last = len(reel.codes) - 1
    hexed = [_hex(c) for c in reel.colours]
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000" width="{size}" height="{size}" role="img">',
        f"<title>{html.escape(reel.title)}</title>",
        f'<rect width="1000" height="1000" fill="{_hex(reel.grounds[0])}"/>',
    ]
    for lines, ends, style in (
        (reel.where.land, "Z", f'fill="{_hex(PAPER)}" stroke="{_hex(FAINT)}"'),
        (reel.where.borders, "", f'fill="none" stroke="{_hex(FAINT)}" stroke-dasharray="4 3"'),
    ):
        for line in lines:
            drawn = "L".join(f"{1000 * a:.0f} {1000 * b:.0f}" for a, b in line)
            out.append(f'<path d="M{drawn}{ends}" {style}/>')
    for i, (x, y) in enumerate(zip(reel.where.x, reel.where.y, strict=True)):
        codes: Codes = reel.codes[:, i]
        at = f'<circle cx="{1000 * x:.1f}" cy="{1000 * y:.1f}" r="{920 * reel.where.radius:.2f}"'
        changes = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist()]
        if len(changes) == 1:
            out.append(f'{at} fill="{hexed[codes[0]]}"/>')
            continue
        times = ";".join(f"{t / max(1, last):.4g}" for t in changes)
        values = ";".join(hexed[codes[t]] for t in changes)
        out.append(
            f'{at} fill="{hexed[codes[0]]}"><animate attributeName="fill" calcMode="discrete" dur="{reel.seconds:g}s" '
            f'repeatCount="indefinite" keyTimes="{times}" values="{values}"/></circle>'
        )
    return "\n".join([*out, "</svg>\n"])


def _mp4(reel: Reel, size: int, ffmpeg: str) -> bytes:
    import tempfile
    from pathlib import Path

    size += size % 2  # which the codec requires
    owner, colours = _raster(reel, size), np.array([*reel.grounds, *reel.colours], np.uint8)
    first, ground = len(reel.grounds), reel.where.ground(size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mp4"
        rate = max(1.0, len(reel.codes) / reel.seconds)
        command = [ffmpeg, "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size}x{size}", "-r",
                   f"{rate:g}", "-i", "-", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)]  # fmt: skip
        frames = b"".join(
            colours[np.where(owner >= 0, codes[owner].astype(int) + first, ground)].tobytes() for codes in reel.codes
        )
        done = subprocess.run(command, input=frames, capture_output=True, check=False)
        if done.returncode or not path.is_file():
            words = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason"]
            raise OutputError(f"ffmpeg wrote no file: {words[-1]}", expected="an ffmpeg with H.264", instead="a .gif")
        return path.read_bytes()


__all__ = ["KINDS", "Reel", "animation", "gif", "lzw", "svg"]
