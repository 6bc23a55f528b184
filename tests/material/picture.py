"""A drawn talking head with a frame counter, as Motion JPEG for Chromium's fake camera."""

import math
import subprocess
from pathlib import Path

import cairo

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 20, 6
FRAMES = FPS * SECONDS


def make(name: str, colour: tuple, out: Path) -> None:
    """Draws one loop and encodes it into `out`."""
    encoder = subprocess.Popen(
        ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgra",
         "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
         "-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "mjpeg", out],
        stdin=subprocess.PIPE)
    for number in range(FRAMES):
        surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, WIDTH, HEIGHT)
        draw(cairo.Context(surface), number, name, colour)
        encoder.stdin.write(surface.get_data())
    encoder.stdin.close()
    if encoder.wait() != 0:
        raise SystemExit("ffmpeg could not encode the picture")


def draw(pen: cairo.Context, number: int, name: str, colour: tuple) -> None:
    turn = 2 * math.pi * number / FRAMES
    pen.set_source_rgb(*colour)
    pen.paint()
    room(pen, turn)
    head(pen, 320 + 22 * math.sin(turn), 165 + 7 * math.sin(3 * turn), number)
    counter(pen, number)
    pen.set_source_rgb(1, 1, 1)
    pen.select_font_face("Noto Sans CJK SC")
    pen.set_font_size(26)
    pen.move_to(20, HEIGHT - 20)
    pen.show_text(f"{name} {number:03d}")


def room(pen: cairo.Context, turn: float) -> None:
    """Shelf, board and a pendulum: edges for the encoder, and motion in every part of the picture."""
    for book in range(9):
        pen.set_source_rgb((book * 67 % 200 + 30) / 255, (book * 41 % 200 + 30) / 255, (book * 91 % 200 + 30) / 255)
        pen.rectangle(24 + book * 22, 60, 16, 60 + book * 37 % 40)
        pen.fill()
    pen.set_source_rgb(0.12, 0.26, 0.20)
    pen.rectangle(440, 50, 170, 130)
    pen.fill()
    pen.set_source_rgb(0.9, 0.9, 0.85)
    pen.arc(525 + 60 * math.sin(2 * turn), 115, 14, 0, 7)
    pen.fill()


def head(pen: cairo.Context, x: float, y: float, number: int) -> None:
    pen.set_source_rgb(0.20, 0.24, 0.44)
    pen.arc(x, y + 190, 130, math.pi, 2 * math.pi)
    pen.fill()
    pen.set_source_rgb(0.86, 0.69, 0.57)
    pen.arc(x, y, 78, 0, 7)
    pen.fill()
    pen.set_source_rgb(0.11, 0.10, 0.09)
    pen.arc(x, y - 14, 80, math.pi, 2 * math.pi)
    pen.fill()
    for side in (-28, 28):
        pen.arc(x + side, y + 4, 3 if number % 60 < 3 else 8, 0, 7)
        pen.fill()
    pen.set_source_rgb(0.55, 0.16, 0.18)
    pen.save()
    pen.translate(x, y + 44)
    pen.scale(24, 3 + 11 * abs(math.sin(number * 0.9) * math.sin(number * 0.23)))
    pen.arc(0, 0, 1, 0, 7)
    pen.restore()
    pen.fill()


def counter(pen: cairo.Context, number: int) -> None:
    """The frame number in eight black or white squares along the top, least significant first."""
    for bit in range(8):
        level = number >> bit & 1
        pen.set_source_rgb(level, level, level)
        pen.rectangle(20 + bit * 32, 8, 32, 32)
        pen.fill()
