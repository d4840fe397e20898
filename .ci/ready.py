"""Make the virtual environment ready for one make target: python3 .ci/ready.py VENV [EXTRA ...]

Creates the environment if there is none, makes a damaged one anew, and installs Groundswell (editable) with the extras
named, unless all of that is so already. What was installed for is stamped with the digest of pyproject.toml, so a
second call for the same extras, or for some of them, does nothing, and a change of pyproject.toml installs again. Runs
on any Python from 3.7, so that one that is too old says so in a sentence.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

# Run by the environment's own Python: says what is missing, as JSON.
LOOK = r"""
import importlib.util, json, os, re, sys, tomllib
from importlib import metadata
root, extras = sys.argv[1], sys.argv[2:]
with open(root + "/pyproject.toml", "rb") as file:
    project = tomllib.load(file)["project"]
needed = list(project["dependencies"])
unknown = [extra for extra in extras if extra not in project["optional-dependencies"]]
if unknown:
    sys.exit("pyproject.toml has no extra " + ", ".join(unknown))
for extra in extras:
    needed += project["optional-dependencies"][extra]
missing = []
for requirement in needed:
    name = re.match(r"[A-Za-z0-9._-]+", requirement).group()
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        missing.append(name)
spec = importlib.util.find_spec("groundswell")
if spec is None or spec.origin is None or not os.path.realpath(spec.origin).startswith(root + "/src/"):
    missing.append("groundswell")
if importlib.util.find_spec("pip") is None:
    missing.append("pip")
print(json.dumps(missing))
"""


def stop(text):
    """End with one sentence and no traceback."""
    sys.stderr.write("make: " + text + "\n")
    sys.exit(2)


def look(python, extras):
    """What the environment lacks, or None where its Python does not run."""
    try:
        done = subprocess.run([python, "-c", LOOK, ROOT, *extras], capture_output=True, cwd="/", check=False)
    except OSError:
        return None
    if done.returncode != 0:
        text = done.stderr.decode(errors="replace").strip()
        if text.startswith("pyproject.toml"):
            stop(text)
        return None
    return json.loads(done.stdout.decode())


def stamped(venv, extras, digest):
    """Whether the environment was installed for these extras, perhaps among others, from the same pyproject.toml."""
    for name in os.listdir(venv):
        if name.startswith(".ready-") and set(extras) <= set(name[len(".ready-") :].split("-")):
            with open(os.path.join(venv, name), encoding="utf-8") as file:
                if file.read() == digest:
                    return True
    return False


def main():
    """Make the environment ready."""
    if sys.version_info < (3, 11):  # noqa: UP036, for this file runs before any requirement is checked
        stop(
            f"Groundswell needs Python 3.11 or later, and {sys.executable} is {sys.version_info[0]}."
            f"{sys.version_info[1]}; name another with `make PYTHON=python3.12 ...`."
        )
    venv, extras = os.path.join(ROOT, sys.argv[1]), sys.argv[2:]
    python = os.path.join(venv, "bin", "python")
    stamp = os.path.join(venv, ".ready-" + "-".join(extras or ["base"]))
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    missing = look(python, extras)
    if missing is None or "pip" in missing:
        if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
            stop(
                f"{sys.executable} cannot make a virtual environment, because its venv or ensurepip module is not "
                "installed; on Debian: apt-get install python3-venv"
            )
        told = "Making the virtual environment anew" if os.path.exists(venv) else "Making the virtual environment"
        print(f"{told} ({sys.argv[1]})", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", "--clear", venv]) != 0:
            stop("the virtual environment could not be made; on Debian: apt-get install python3-venv")
        missing = look(python, extras)
        if missing is None or "pip" in missing:
            stop("the virtual environment was made, but its Python or pip does not run.")
    if not missing and stamped(venv, extras, digest):
        return
    target = f".[{','.join(extras)}]" if extras else "."
    print(f"Installing groundswell{target[1:]}", flush=True)
    if subprocess.call([python, "-m", "pip", "install", "--quiet", "--editable", target], cwd=ROOT) != 0:
        stop("the packages could not be installed; pip says why above, and a second call goes on from here.")
    missing = look(python, extras)
    if missing:
        stop("pip installed everything, but these are still missing: " + ", ".join(missing))
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(digest)


if __name__ == "__main__":
    main()
