"""The ways people go through the kiosk, as a browser goes them; `see` is called on every screen with its name."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.kiosk.scripted_desk import PASSWORD

See = Callable[[str], None]

PATIENT_SCREENS = frozenset(
    {
        *(f"consent-{number}" for number in range(1, 7)),
        *("consent-help", "consent-largest", "consent-normal"),
        *("signed", "withdrawal-1", "withdrawal-2", "withdrawn", "later", "declined"),
    }
)
"""The screens that a patient sees."""


_MOST_SCROLLS = 20
_READS_ON = "document.querySelector('button[data-more]')?.textContent === document.querySelector('button[data-more]')?.dataset.more"


def nothing_to_see(_name: str) -> None:
    return


def go(page: Page, selector: str) -> None:
    """Press what leads to another page, and wait for it."""
    with page.expect_navigation():
        page.click(selector)


def sign_in(page: Page, see: See = nothing_to_see) -> None:
    page.goto("/")
    see("sign-in")
    page.fill("#login", "suzuki")
    page.fill("#password", PASSWORD)
    go(page, "main button.primary")
    see("home")


def find(page: Page, kana: str, see: See = nothing_to_see) -> None:
    """Search by kana and open the first patient found."""
    page.goto("/home")
    page.fill("#kana", kana)
    go(page, "#search button.primary")
    see("results")
    go(page, "tbody th a")


def hand_over(page: Page, purpose: str, see: See = nothing_to_see, language: str = "ja") -> None:
    """From the patient's page to the first screen that the patient sees."""
    go(page, f"a[href$='/{purpose}']")
    see(f"prepare-{purpose}")
    page.check("input[name=identity]")
    page.check(f"input[name=language][value={language}]")
    go(page, "main button.primary")


def press(page: Page, action: str) -> None:
    """A button of the patient's screen, and the answer to it; long texts are read to their end before."""
    onward = page.locator("button[data-more]")
    for _ in range(_MOST_SCROLLS):
        if action not in {"next", "sign"} or not page.evaluate(_READS_ON):
            break
        onward.click()
        page.wait_for_timeout(50)
    go(page, f"button[name=action][value={action}]")


def write(page: Page) -> None:
    """Sign with the mouse, as a finger would."""
    page.locator("#signature").evaluate("(frame) => frame.scrollIntoView({block: 'center'})")
    box = page.locator("#signature").bounding_box()
    assert box is not None
    for start in (0.2, 0.5):
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + box["height"] * 0.3)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(
                box["x"] + box["width"] * (start + step * 0.02),
                box["y"] + box["height"] * (0.3 + 0.4 * (step % 3) / 3),
            )
        page.mouse.up()


def consent(page: Page, see: See = nothing_to_see) -> int:
    """Read, agree, sign; how many times the patient pressed a button."""
    taps = 0
    for number in range(1, 5):
        see(f"consent-{number}")
        press(page, "next")
        taps += 1
    see("consent-5")
    press(page, "agree")
    see("consent-6")
    write(page)
    press(page, "sign")
    see("signed")
    return taps + 2


def withdraw(page: Page, see: See = nothing_to_see) -> int:
    """Withdraw and sign; how many times the patient pressed a button."""
    see("withdrawal-1")
    press(page, "agree")
    see("withdrawal-2")
    write(page)
    press(page, "sign")
    see("withdrawn")
    return 2


def take_back(page: Page, choice: str, see: See = nothing_to_see, name: str = "return") -> None:
    """Staff take the screen back with their password."""
    go(page, "a[href='/return']")
    see(name)
    page.fill("#password", PASSWORD)
    go(page, f"button[name=choice][value={choice}]")


def every_screen(page: Page, see: See, language: str = "ja") -> None:
    """Through every screen of the kiosk once."""
    sign_in(page)
    if language == "en":
        go(page, "button[name=language][value=en]")
    go(page, "form[action='/sign-out'] button")
    sign_in(page, see)
    go(page, "#search button.primary")
    see("home-nothing-typed")
    find(page, "ヤマダ", see)
    see("patient")
    _consenting(page, see, language)
    _confirming(page, see)
    _looking(page, see)
    _withdrawing(page, see, language)
    _leaving(page, see, language)
    for name in ("status", "nowhere"):
        page.goto(f"/{name}")
        see(name)


def _consenting(page: Page, see: See, language: str) -> None:
    hand_over(page, "consent", see, language)
    page.click("details.help summary")
    see("consent-help")
    page.click("details.help summary")
    for size in ("largest", "normal"):
        go(page, f"button[name=size][value={size}]")
        see(f"consent-{size}")
    consent(page, see)
    take_back(page, "leave", see, "return-signed")
    see("patient-pending")


def _confirming(page: Page, see: See) -> None:
    page.goto("/work")
    see("work")
    go(page, "ul.work a")
    see("confirm")
    page.fill("#password", PASSWORD)
    go(page, "button[value=approve]")
    see("paper-consent")
    go(page, "button[value=handed]")
    see("patient-active")


def _looking(page: Page, see: See) -> None:
    go(page, "a[href$='order=month']")
    see("patient-by-month")
    page.go_back()
    go(page, "a[href$='/history']")
    see("history")
    page.go_back()


def _withdrawing(page: Page, see: See, language: str) -> None:
    hand_over(page, "withdrawal", see, language)
    withdraw(page, see)
    take_back(page, "leave", see, "return-withdrawn")
    see("paper-withdrawal")
    go(page, "header.tools a.button")
    see("patient-withdrawn")
    page.click("section.consent details summary")
    see("patient-consents")


def _leaving(page: Page, see: See, language: str) -> None:
    """The two ways of a patient who does not consent: later, and no."""
    hand_over(page, "consent", language=language)
    press(page, "later")
    see("later")
    take_back(page, "leave")
    hand_over(page, "consent", language=language)
    for _ in range(4):
        press(page, "next")
    press(page, "decline")
    see("declined")
    take_back(page, "leave")
    see("paper-refusal")
    go(page, "button[value=declined]")
    see("patient-refused")
