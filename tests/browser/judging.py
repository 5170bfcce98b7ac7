"""Judges of a screen: axe-core for WCAG AA, and measures of our own for what a patient of eighty has to read and hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

BODY_PX = 30
HEADING_PX = 40
BUTTON_PX = 36
TARGET_PX = 119
GAP_PX = 24
CONTRAST = 7.0

_AXE = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
  return found.violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ")).join(", "));
}"""

_MEASURE = """() => {
  const seen = (element) => element.checkVisibility({checkVisibilityCSS: true, checkOpacity: true})
    && !element.closest(".visually-hidden");
  const channel = (value) => (value /= 255, value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = (text) => text.match(/[0-9.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
      if (found[3] !== 0) throw new Error("a half-transparent ground");
    }
    return [255, 255, 255];
  };
  const letters = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("script, noscript") || !seen(element)) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(colour(style.color)), light(ground(element))];
    letters.push({
      text: node.textContent.trim(),
      px: parseFloat(style.fontSize),
      weight: Number(style.fontWeight),
      contrast: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05),
      kind: element.closest("h1, h2") ? "heading" : element.closest("button, .button, summary") ? "button" : "body",
    });
  }
  const targets = [...document.querySelectorAll("button, a, summary, input:not([type=hidden]), select")]
    .filter(seen)
    .map((element) => {
      const box = element.getBoundingClientRect();
      return {
        name: element.textContent.trim() || element.getAttribute("aria-label") || element.id,
        x: box.x, y: box.y, width: box.width, height: box.height,
        sticky: Boolean(element.closest(".bottom")),
      };
    });
  return {letters, targets, overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth};
}"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A screen in numbers: every visible text and everything that can be pressed."""

    letters: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    overflow: int

    def complaints(self) -> list[str]:
        """What a patient could not read or hit."""
        smallest = {"body": BODY_PX, "heading": HEADING_PX, "button": BUTTON_PX}
        found = [
            f"{one['kind']} of {one['px']} px: {one['text']}"
            for one in self.letters
            if one["px"] < smallest[one["kind"]]
        ]
        found += [
            f"contrast {one['contrast']:.1f}: {one['text']}"
            for one in self.letters
            if one["contrast"] < CONTRAST
        ]
        found += [f"thin letters: {one['text']}" for one in self.letters if one["weight"] < 400]
        found += [
            f"target of {one['width']:.0f} × {one['height']:.0f} px: {one['name']}"
            for one in self.targets
            if min(one["width"], one["height"]) < TARGET_PX
        ]
        found += [
            f"{one['name']} and {other['name']} are {gap:.0f} px apart"
            for number, one in enumerate(self.targets)
            for other in self.targets[number + 1 :]
            if one["sticky"] == other["sticky"] and (gap := _gap(one, other)) < GAP_PX
        ]
        return found + self.complaint_of_width()

    def complaint_of_width(self) -> list[str]:
        return [f"{self.overflow} px wider than the screen"] if self.overflow > 0 else []


def _gap(one: dict[str, Any], other: dict[str, Any]) -> float:
    across = max(one["x"], other["x"]) - min(one["x"] + one["width"], other["x"] + other["width"])
    down = max(one["y"], other["y"]) - min(one["y"] + one["height"], other["y"] + other["height"])
    return float(max(across, down))


def measured(page: Page) -> Measured:
    found = page.evaluate(_MEASURE)
    return Measured(found["letters"], found["targets"], found["overflow"])


def axe_complaints(page: Page, axe_source: str) -> list[str]:
    """What axe-core finds at level AA (and of its best practices) on the page as it stands."""
    page.evaluate(axe_source)
    found: list[str] = page.evaluate(_AXE)
    return found
