"""Mandarin speech as Chromium's fake microphone wants it: 48 kHz, one channel, 16 bit."""

import subprocess
import tempfile
from pathlib import Path

from words import PAUSES_S


def make(person: dict, out: Path) -> None:
    """Speaks the person's sentences with uneven pauses into `out`."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for number, (_written, pinyin) in enumerate(person["says"]):
            spoken, padded = Path(folder, f"{number}.wav"), Path(folder, f"{number}p.wav")
            subprocess.run(
                ["espeak-ng", "-v", f"cmn-latn-pinyin+{person['voice']}", "-p", str(person["pitch"]),
                 "-s", str(person["speed"]), "-w", spoken, pinyin],
                check=True, stderr=subprocess.DEVNULL)
            pause = PAUSES_S[number % len(PAUSES_S)]
            subprocess.run(
                ["sox", spoken, "-r", "48000", "-c", "1", "-b", "16", padded, "norm", "-6", "pad", "0", str(pause)],
                check=True)
            parts.append(padded)
        subprocess.run(["sox", *parts, out], check=True)
