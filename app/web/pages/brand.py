"""The company's colour: from one colour of the pack the whole accent group, light and dark, each pair readable (4.5:1)."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls

ENOUGH = 4.5
Rgb = tuple[float, float, float]
WHITE: Rgb = (1.0, 1.0, 1.0)
DARK_SURFACE: Rgb = (0x24 / 255, 0x25 / 255, 0x23 / 255)  # the lightest ground that links stand on in the dark


def parse_hex(text: str) -> Rgb:
    """#rrggbb as three shares. Raises ValueError for anything else."""
    if len(text) != 7 or not text.startswith("#"):
        raise ValueError(f"not a colour: {text}")
    return (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255)


def as_hex(color: Rgb) -> str:
    """The colour as #rrggbb."""
    return "#" + "".join(f"{round(share * 255):02x}" for share in color)


def luminance(color: Rgb) -> float:
    """The relative luminance of WCAG 2."""
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(color: Rgb, ground: Rgb, share: float) -> Rgb:
    """`share` of the colour on the ground."""
    red, green, blue = (share * one + (1 - share) * other for one, other in zip(color, ground, strict=True))
    return red, green, blue


def readable(color: Rgb, ground: Rgb, *, lighter: bool) -> Rgb:
    """The colour, made lighter or darker until it can be read on the ground."""
    hue, light, saturation = rgb_to_hls(*color)
    found = color
    while contrast(found, ground) < ENOUGH and 0 <= light <= 1:
        light += 0.02 if lighter else -0.02
        found = hls_to_rgb(hue, min(1, max(0, light)), saturation)
    return found


def shifted(color: Rgb, by: float) -> Rgb:
    """The colour, lighter by a share of all light; darker by a negative one."""
    hue, light, saturation = rgb_to_hls(*color)
    return hls_to_rgb(hue, min(1, max(0, light + by)), saturation)


def accent_css(text: str) -> str:
    """The style sheet that replaces the accent group by that of a company's colour. Raises ValueError for no colour."""
    own = parse_hex(text)
    light_soft = mixed(own, WHITE, 0.11)
    light = readable(own, WHITE, lighter=False)
    dark = readable(own, DARK_SURFACE, lighter=True)
    dark_soft = mixed(dark, (0.1, 0.105, 0.1), 0.16)
    on_dark = mixed(dark, (0.0, 0.0, 0.0), 0.14)
    pairs = {
        "accent": (light, dark),
        "accent-hover": (shifted(light, -0.04), shifted(dark, 0.06)),
        "accent-press": (shifted(light, -0.08), shifted(dark, 0.12)),
        "accent-text": (readable(light, light_soft, lighter=False), readable(dark, dark_soft, lighter=True)),
        "accent-soft": (light_soft, dark_soft),
        "accent-line": (mixed(own, WHITE, 0.42), mixed(dark, (0.1, 0.105, 0.1), 0.45)),
        "on-accent": (WHITE, on_dark),
        "chart-fill": (mixed(own, WHITE, 0.22), mixed(dark, (0.1, 0.105, 0.1), 0.26)),
        "chart-line": (light, dark),
    }
    lines = [f"  --{name}: light-dark({as_hex(one)}, {as_hex(other)});" for name, (one, other) in pairs.items()]
    return ":root {\n" + "\n".join(lines) + "\n}\n"
