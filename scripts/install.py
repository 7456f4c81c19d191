"""Make the environment in ``.venv`` from the locks, by nothing but Python itself.

``make setup`` and the bundle's installer run this; without make: ``python scripts/install.py``.
The locks are installed as they stand: nothing is resolved, whatever else an index offers, every
file must have its locked hash, and nothing is built. ``pip check`` then says whether anything is
missing. uv, where it is installed, does the same in less time.
"""

# No newer syntax than Python 3.6 has: an older Python must get as far as saying so.
import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (3, 11)
LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
AS_LOCKED = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
AGAIN = "Then run the same command again: it begins afresh where something is half made."
# What pip and uv say, and what it means to someone who has never seen either.
REASONS = (
    (
        ("no space left on device", "errno 28", "disk quota exceeded"),
        "The disk is full. About 2 GB are needed where the project lies, and as much for pip's "
        "temporary files. Make room.",
    ),
    (
        ("do not match the hashes", "hash mismatch", "badzipfile", "is not a zip file"),
        "A package's file is not the one the lock names: its download was cut short, the index "
        "serves another file, or the lock was changed (git says so: git diff requirements.lock).",
    ),
    (
        ("must have their versions pinned", "invalid requirement", "hashes are required in"),
        "The lock is damaged: expected a version and a hash for each package. Take it from git "
        "again: git checkout requirements.lock requirements-dev.lock",
    ),
    (
        ("connectionerror", "connection broken", "retrying (", "error sending request",
         "failed to fetch", "timed out", "incompleteread", "ssl"),
        "The package index did not answer. Check the connection, or the address in pip's settings; "
        "without internet, install from a bundle (docs/install.md).",
    ),
    (
        ("no matching distribution", "no solution found", "could not find a version",
         "has no wheels", "no usable wheels"),
        "The package index does not offer a locked package as a wheel for this Python on this "
        "kind of machine. docs/install.md lists those that were tried.",
    ),
    (
        ("which is not installed", "but you have"),
        "The lock lacks a package that another needs, or the environment holds another version. "
        "`make lock` resolves again.",
    ),
    (
        ("ensurepip",),
        "This Python cannot make an environment with pip in it; on Debian and Ubuntu: "
        "apt install python3-venv.",
    ),
)  # fmt: skip


def environment_python(folder: Path) -> Path:
    """Return where the Python of the environment in `folder` is, or will be."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def lock_command(python: Path, lock: Path, wheels: "Path | None" = None) -> "list[str]":
    """Return the command by which pip installs `lock` as it stands, from `wheels` if given."""
    offline = [] if wheels is None else ["--no-index", "--find-links", str(wheels)]
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    return [*pip, "--no-compile", *AS_LOCKED, *offline, "-r", str(lock)]


def uv_command(python: Path, lock: Path) -> "list[str]":
    """Return the command by which uv does the same as `lock_command`."""
    return ["uv", "pip", "install", "-q", "--python", str(python), *AS_LOCKED, "-r", str(lock)]


def reason(output: str) -> str:
    """Return in plain words why an installer stopped, from what it printed."""
    said = output.lower()
    for signs, words in REASONS:
        if any(sign in said for sign in signs):
            return words
    return "The installer stopped for the reason above."


def run(command: "list[str]") -> "subprocess.CompletedProcess[str]":
    """Run `command` in the project's folder and keep what it prints."""
    return subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL,
    )  # fmt: skip


def must(command: "list[str]") -> None:
    """Run `command`; where it fails, stop with what it printed and what that means."""
    done = run(command)
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        print("\n".join(lines[-12:]), file=sys.stderr)
        raise SystemExit(f"\nNot installed. {reason(done.stdout)}\n{AGAIN}")


def install_lock(python: Path, lock: str, wheels: "Path | None", uv: bool) -> None:
    """Install `lock` into the environment of `python`, by uv where it is there and works."""
    if uv and wheels is None and shutil.which("uv"):
        if not run(uv_command(python, ROOT / lock)).returncode:
            return
        print("uv could not; pip tries.")
    must(lock_command(python, ROOT / lock, wheels))


def install_package(python: Path) -> None:
    """Install the project itself, editable, by the build tool that the lock brought."""
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index"]
    must([*pip, "--no-deps", "--no-build-isolation", "-e", "."])


def compile_all(python: Path, folders: "list[str]") -> None:
    """Compile every module once, on all cores; a file of a package that cannot be is no error."""
    run([str(python), "-m", "compileall", "-q", "-j", "0", *folders])


def state(locks: "tuple[str, ...]") -> str:
    """Return what an environment made now would be made from, as one hash."""
    made_from = [str(ROOT).encode(), *((ROOT / name).read_bytes() for name in locks)]
    return hashlib.sha256(b"\0".join(made_from)).hexdigest()


def is_ready(folder: Path, mark: str, wanted: str) -> bool:
    """Return whether the environment in `folder` was finished from the `wanted` state."""
    path = folder / mark
    return (
        environment_python(folder).exists()
        and path.is_file()
        and path.read_text(encoding="utf-8") == wanted
    )


def check_python() -> None:
    """Stop where this Python is too old."""
    if sys.version_info < NEEDED:
        needed, here = (".".join(map(str, version)) for version in (NEEDED, sys.version_info[:3]))
        raise SystemExit(
            f"Python {needed} or newer is needed; this is {here}. Where a newer one has another "
            "name: make PYTHON=python3.12, or python3.12 scripts/install.py"
        )


def make_environment(folder: Path, wheels: "Path | None", uv: bool) -> None:
    """Make the environment anew; where that fails, what was there before is put back."""
    before = folder.with_name(folder.name + ".before")
    was_whole = (folder / ".ready").is_file()
    shutil.rmtree(before, ignore_errors=True)
    if was_whole:
        folder.rename(before)
    shutil.rmtree(folder, ignore_errors=True)
    # The Python under an environment, not the environment's: that may be the one made anew.
    base = getattr(sys, "_base_executable", None) or sys.executable
    try:
        must([base, "-m", "venv", str(folder)])
        python = environment_python(folder)
        install_lock(python, LOCK, wheels, uv)
        install_package(python)
        must([str(python), "-m", "pip", "check", "--disable-pip-version-check"])
        compile_all(python, ["src", str(folder)])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if was_whole:
            before.rename(folder)
        raise
    shutil.rmtree(before, ignore_errors=True)


def main() -> None:
    """Make the environment, or do nothing where it is made."""
    parser = argparse.ArgumentParser(description="Make the environment in .venv from the locks.")
    parser.add_argument("--dev", action="store_true", help="with what tests and lint need")
    parser.add_argument("--pip", action="store_true", help="by pip, even where uv is installed")
    parser.add_argument("--wheels", type=Path, help="a folder of wheels to use, and no index")
    chosen = parser.parse_args()
    folder = ROOT / ".venv"
    wheels = chosen.wheels.resolve() if chosen.wheels else None
    wanted = state((LOCK, "pyproject.toml"))
    if not is_ready(folder, ".ready", wanted):
        check_python()
        print(f"Installing {LOCK} into .venv; this takes about a minute …", flush=True)
        make_environment(folder, wheels, not chosen.pip)
        (folder / ".ready").write_text(wanted, encoding="utf-8", newline="\n")
    wanted = state((LOCK, "pyproject.toml", DEV_LOCK))
    if chosen.dev and not is_ready(folder, ".ready-dev", wanted):
        print(f"Installing {DEV_LOCK} into .venv …", flush=True)
        python = environment_python(folder)
        install_lock(python, DEV_LOCK, wheels, not chosen.pip)
        must([str(python), "-m", "pip", "check", "--disable-pip-version-check"])
        compile_all(python, [str(folder)])
        (folder / ".ready-dev").write_text(wanted, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
