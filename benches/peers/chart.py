"""A bar chart as SVG: a group of bars a row, on a logarithmic axis of time."""
import math
from html import escape

COLOURS = ["#c2410c", "#ca8a04", "#0f766e", "#1d4ed8", "#6b7280"]
LEFT, WIDTH, BAR, GAP, TOP = 48, 720, 9, 10, 64


def bars(series, rows, title):
    """`series`: names; `rows`: (label, microseconds per series, None for no answer) from top to bottom."""
    values = [us for _, times in rows for us in times if us]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    span = max(high - low, 1)
    x = lambda us: LEFT + WIDTH * (math.log10(max(us, 10**low)) - low) / span
    group = BAR * len(series) + GAP
    bottom = TOP + group * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" height="{bottom + 40}" font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="13" font-weight="bold">{escape(title)}</text>',
    ]
    left = LEFT
    for i, name in enumerate(series):
        parts.append(f'<rect x="{left}" y="32" width="10" height="10" fill="{COLOURS[i % len(COLOURS)]}"/><text x="{left + 14}" y="41">{escape(name)}</text>')
        left += 26 + 6 * len(name)
    for power in range(low, low + span + 1):
        line = x(10**power)
        parts.append(f'<line x1="{line:.1f}" y1="{TOP - 6}" x2="{line:.1f}" y2="{bottom}" stroke="#d4d4d4"/>')
        parts.append(f'<text x="{line:.1f}" y="{bottom + 16}" text-anchor="middle">{time(10**power)}</text>')
    for row, (label, times) in enumerate(rows):
        top = TOP + row * group
        parts.append(f'<text x="{LEFT - 8}" y="{top + group / 2}" text-anchor="end">{escape(label)}</text>')
        for i, us in enumerate(times):
            if us is None:
                continue
            y, end = top + i * BAR, x(us)
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{max(end - LEFT, 1):.1f}" height="{BAR - 1}" fill="{COLOURS[i % len(COLOURS)]}"/>')
            parts.append(f'<text x="{max(end, LEFT + 1) + 4:.1f}" y="{y + BAR - 2}" font-size="8">{time(us)}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def time(us):
    """A time in the unit that reads best."""
    for unit, size in (("s", 1e6), ("ms", 1e3), ("µs", 1)):
        if us >= size:
            return f"{us / size:.3g} {unit}"
    return f"{us:.2g} µs"
