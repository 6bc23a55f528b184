"""A PDF of Chinese slides with embedded fonts, a drawing and a table, as a teacher would upload it."""

import math
from pathlib import Path

import cairo

from words import SLIDES

WIDTH, HEIGHT = 960, 540


def make(out: Path) -> None:
    """Writes one page a slide into `out`."""
    surface = cairo.PDFSurface(str(out), WIDTH, HEIGHT)
    surface.set_metadata(cairo.PDF_METADATA_TITLE, SLIDES[0][0])
    pen = cairo.Context(surface)
    for number, (title, lines) in enumerate(SLIDES, start=1):
        page(pen, number, title, lines)
        pen.show_page()
    surface.finish()


def page(pen: cairo.Context, number: int, title: str, lines: list) -> None:
    pen.set_source_rgb(*[(1, 1, 1), (0.98, 0.97, 0.94), (0.94, 0.97, 1)][number % 3])
    pen.paint()
    shade = cairo.LinearGradient(0, 0, 0, 80)
    shade.add_color_stop_rgb(0, 0.08, 0.28, 0.52)
    shade.add_color_stop_rgb(1, 0.16, 0.50, 0.70)
    pen.set_source(shade)
    pen.rectangle(0, 0, WIDTH, 80)
    pen.fill()
    text(pen, 36, 54, 38, title, (1, 1, 1), cairo.FONT_WEIGHT_BOLD)
    for row, line in enumerate(lines):
        text(pen, 56, 150 + row * 62, 28, "• " + line, (0.12, 0.12, 0.12))
    if number == 7:
        curve(pen)
    text(pen, 36, HEIGHT - 24, 16, f"城南小学远程课堂 · 科学 · 第 {number} 页 / {len(SLIDES)}", (0.45, 0.45, 0.45))


def text(pen: cairo.Context, x: float, y: float, size: float, words: str, colour: tuple,
         weight: int = cairo.FONT_WEIGHT_NORMAL) -> None:
    pen.select_font_face("Noto Sans CJK SC", cairo.FONT_SLANT_NORMAL, weight)
    pen.set_font_size(size)
    pen.set_source_rgb(*colour)
    pen.move_to(x, y)
    pen.show_text(words)


def curve(pen: cairo.Context) -> None:
    pen.set_source_rgb(0, 0, 0)
    pen.set_line_width(2)
    pen.move_to(120, 220)
    pen.line_to(120, 480)
    pen.line_to(860, 480)
    pen.stroke()
    pen.set_source_rgb(0.78, 0.12, 0.12)
    pen.set_line_width(4)
    for step in range(0, 720, 6):
        y = 470 - 220 / (1 + math.exp(-(step - 320) / 60))
        (pen.line_to if step else pen.move_to)(120 + step, y)
    pen.stroke()
