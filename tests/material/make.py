#!/usr/bin/python3
"""Makes the speech, pictures and slides of the tests in tests/fixtures/made; what is up to date is kept."""

import hashlib
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True

import picture  # noqa: E402
import slides  # noqa: E402
import speech  # noqa: E402
from words import PEOPLE  # noqa: E402


def main() -> None:
    folder = HERE.parent / "fixtures" / "made"
    folder.mkdir(parents=True, exist_ok=True)
    recipe = hashlib.sha256(b"".join(it.read_bytes() for it in sorted(HERE.glob("*.py")))).hexdigest()
    stamp = folder / "recipe"
    if stamp.exists() and stamp.read_text() == recipe:
        return
    began = time.monotonic()
    for name, person in PEOPLE.items():
        print(f"material: voice and picture of the {name}", flush=True)
        speech.make(person, folder / f"{name}.wav")
        picture.make(name, person["colour"], folder / f"{name}.mjpeg")
    print("material: slides", flush=True)
    slides.make(folder / "lesson.pdf")
    (folder / "wrong.pdf").write_bytes(b"This is a letter, not a PDF.\n" * 200)
    stamp.write_text(recipe)
    print(f"material: made in {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
