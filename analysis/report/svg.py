"""A figure as it stands inside a page: SVG whose names belong to it alone, or a PNG where that would be too large."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure

from analysis.style import STYLE

MOST = 1_500_000  # characters of a figure in the page; what is larger (a cloud of points) is put there as pixels
_DPI = 200
_CSS_INCHES = 96.0


@dataclass(frozen=True)
class Drawn:
    """A figure as the SVG and the PNG of its files, and as the markup that stands in the page."""

    svg: bytes
    png: bytes
    markup: str


def drawn(figure: Figure, name: str, text: str) -> Drawn:
    """Draw a figure, the same bytes each time. `name` is that of its files; `text` tells those who cannot see it."""
    with matplotlib.rc_context(STYLE):
        vectors, pixels = io.BytesIO(), io.BytesIO()
        figure.savefig(vectors, format="svg", metadata={"Date": None})
        figure.savefig(pixels, format="png", dpi=_DPI, metadata={"Software": None})
    svg = vectors.getvalue()
    width, height = (round(side * _CSS_INCHES) for side in figure.get_size_inches())
    if len(svg) > MOST:
        content = base64.b64encode(pixels.getvalue()).decode("ascii")
        markup = f'<img width="{width}" height="{height}" alt="{_quoted(text)}" src="data:image/png;base64,{content}">'
    else:
        markup = _inline(svg.decode("utf-8"), name, text, width, height)
    return Drawn(svg, pixels.getvalue(), markup)


def _inline(svg: str, name: str, text: str, width: int, height: int) -> str:
    """The drawing alone: no header, no links to the outside, every id with `name` before it."""
    body = svg[svg.index("<svg") :]
    box = re.search(r'viewBox="([^"]*)"', body)
    inner = body[body.index(">") + 1 : body.rindex("</svg>")]
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    # In a page, a rule for "*" would hold for everything.
    inner = re.sub(r"<style[^>]*>\*\{([^}]*)\}</style>", "", inner)
    inner = re.sub(r'\bid="', f'id="{name}.', inner)
    inner = re.sub(r'href="#', f'href="#{name}.', inner)
    inner = re.sub(r"url\(#", f"url(#{name}.", inner)
    view = f' viewBox="{box.group(1)}"' if box else ""
    return (
        f'<svg width="{width}" height="{height}"{view} role="img" aria-label="{_quoted(text)}" '
        f'stroke-linejoin="round" stroke-linecap="butt">{inner}</svg>'
    )


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
