"""The whole job as people do it: lead, coders and lead again, with clicks and keys in a real browser."""

import re

import pytest

from tests.browser.conftest import PATIENCE
from tests.browser.inputs import REFERENCE, write_recordings

pytestmark = pytest.mark.browser

PASSWORD = "a long walk by the river"
CODERS = {"Mara": "CIRS", "Jon": "CIRS", "Kaya": "TABBS", "Ivan": "TABBS"}


def test_a_study_goes_from_its_files_to_the_table_that_links_codes_to_ruptures(
    server, person, look, tmp_path
):
    n_recordings = write_recordings(tmp_path / "recordings")
    lead = person()
    set_up(lead, server, look)
    create_study(lead, look)
    study = lead.url.rstrip("/")
    import_tables(lead, study, look)
    import_recordings(lead, study, tmp_path / "recordings", n_recordings, look)
    freeze_sample(lead, study, n_recordings, look)
    links = {name: invite(lead, study, name, scale) for name, scale in CODERS.items()}
    look(lead, "people")
    windows = {name: accept(person(), link, name) for name, link in links.items()}
    allot(lead, study, n_recordings, look)
    rate_by_hand(windows["Mara"], look)
    for window in windows.values():
        finish_queue(window)
    look(windows["Mara"], "queue-done")
    see_reliability(lead, study, look)
    lock_and_plan(lead, study, look)
    unmask(lead, study, look)
    see_linkage(lead, study, look)
    download(lead, study, look)


def set_up(lead, server, look) -> None:
    lead.goto("/")
    look(lead, "setup")
    lead.get_by_label("Set-up code").fill(server.setup_code)
    lead.get_by_label("Your name").fill("Dr. R. Okafor")
    lead.get_by_label("User name").fill("okafor")
    lead.get_by_label("Password", exact=True).fill(PASSWORD)
    lead.get_by_label("Password, once more").fill(PASSWORD)
    lead.locator("main").get_by_role("button").last.click()
    lead.wait_for_url("**/studies**")


def create_study(lead, look) -> None:
    lead.goto("/studies/new")
    look(lead, "new-study")
    lead.get_by_label("Name of the study").fill("Ruptures in child therapy")
    lead.locator("main").get_by_role("button").click()
    lead.wait_for_url(re.compile(r"/studies/[0-9a-f]{32}$"))
    look(lead, "home-empty")


def import_tables(lead, study: str, look) -> None:
    for kind, file, look_as in (
        ("participants", "participants.csv", "import-participants"),
        ("scores", "alliance/scores_long_excel_nl.csv", "import-scores"),
        ("scores", "alliance/scores_wide.csv", "import-scores-again"),
    ):
        lead.goto(f"{study}/alliance/import/{kind}")
        lead.locator("input[type=file]").set_input_files(REFERENCE / file)
        lead.get_by_role("button", name="Check the file").click()
        lead.wait_for_url("**/imports/**")
        look(lead, look_as)
        with lead.expect_navigation():
            lead.get_by_role("button", name=re.compile("^Import")).click()
    lead.goto(f"{study}/alliance")
    look(lead, "alliance")
    assert "89" in lead.locator("main").inner_text()


def import_recordings(lead, study: str, folder, count: int, look) -> None:
    lead.goto(f"{study}/recordings")
    look(lead, "recordings-empty")
    lead.locator("input[type=file]").set_input_files(folder)
    lead.get_by_role("button", name="Send and check").click()
    lead.wait_for_url("**/recordings/imports/**")
    lead.get_by_role("button", name=re.compile("^Import")).wait_for()
    look(lead, "import-recordings")
    lead.get_by_role("button", name=re.compile("^Import")).click()
    lead.get_by_text(f"Imported {count} recordings").wait_for(timeout=2 * PATIENCE)
    lead.goto(f"{study}/recordings")
    look(lead, "recordings")
    assert lead.locator("tbody .mask").count() == count


def freeze_sample(lead, study: str, count: int, look) -> None:
    lead.goto(f"{study}/ruptures")
    lead.locator("#settings-card").wait_for(timeout=2 * PATIENCE)
    look(lead, "ruptures")
    lead.goto(f"{study}/sample")
    look(lead, "sample")
    with lead.expect_navigation():
        lead.get_by_role("button", name=re.compile("^Freeze")).click()
    look(lead, "sample-frozen")
    assert str(count) in lead.locator("main").inner_text()


def invite(lead, study: str, name: str, scale: str) -> str:
    lead.goto(f"{study}/people")
    lead.get_by_label("Name", exact=True).fill(name)
    lead.get_by_role("checkbox", name=re.compile("^Coder", re.IGNORECASE)).check()
    lead.get_by_role("checkbox", name=re.compile(scale)).first.check()
    lead.get_by_role("button", name="Make the link").click()
    return lead.locator("code.hash").inner_text()


def accept(window, link: str, name: str):
    window.goto(link)
    window.get_by_label("User name").fill(name.lower())
    window.get_by_label("Password", exact=True).fill(PASSWORD)
    window.get_by_label("Password, once more").fill(PASSWORD)
    window.locator("main").get_by_role("button").click()
    window.wait_for_url("**/coding")
    return window


def allot(lead, study: str, count: int, look) -> None:
    lead.goto(f"{study}/rounds")
    look(lead, "rounds-before")
    lead.get_by_role("button", name="Allot the recordings").click()
    lead.get_by_text("Progress by coder").first.wait_for()
    look(lead, "rounds")
    assert f"{count}" in lead.locator("main").inner_text()


def rate_by_hand(coder, look) -> None:
    """Listen, rate the first item with the mouse and the others by digits, check, submit."""
    coder.reload()
    look(coder, "queue")
    coder.locator("main a.btn-primary").click()
    coder.wait_for_url("**/coding/*")
    assert coder.locator("input[type=radio]:checked").count() == 0
    listen(coder)
    items = coder.locator("fieldset[data-item]")
    items.first.locator("input[type=radio]").nth(3).check()
    coder.get_by_text(re.compile(r"Saved \d\d:\d\d")).first.wait_for()
    for number in range(1, items.count()):
        items.nth(number).locator("input[type=radio]").first.focus()
        coder.keyboard.press("2")
    coder.locator(".room-side").get_by_text("6 of 6").wait_for()
    coder.locator("[data-save-state][data-state=saved]").wait_for()
    look(coder, "rate")
    coder.reload()
    assert coder.locator("input[type=radio]:checked").count() == 6
    coder.get_by_role("button", name="Check and submit").click()
    coder.wait_for_url("**/check")
    look(coder, "check")
    coder.locator("#why-less").fill("The first seconds and the last were enough here.")
    coder.get_by_role("button", name="Submit ratings").click()
    coder.get_by_text("Submitted ratings").first.wait_for()
    look(coder, "submitted")


def listen(coder) -> None:
    """The sound plays, and seeking near the end works."""
    coder.get_by_role("button", name=re.compile("^Play")).click()
    wait_for_position(coder, 0.2)
    coder.evaluate("document.querySelector('audio').currentTime = 2.5")
    wait_for_position(coder, 2.5)
    coder.keyboard.press("Escape")


def wait_for_position(coder, seconds: float) -> None:
    """Ask again and again: the page's policy forbids the driver's own waiting."""
    for _ in range(100):
        if coder.evaluate("document.querySelector('audio').currentTime") >= seconds:
            return
        coder.wait_for_timeout(50)
    raise AssertionError(f"the sound did not reach {seconds} s")


def finish_queue(coder) -> None:
    """Rate what is left as a browser without scripts does: one plain form for each recording."""
    queue = coder.context.request.get(find_queue(coder)).text()
    for address in dict.fromkeys(re.findall(r'href="(/coding/[0-9a-f]{32})"', queue)):
        page = coder.context.request.get(address).text()
        items = re.findall(r'data-item="([^"]+)"', page)
        if not items:
            continue
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)[1]
        seed = int(address[-4:], 16)
        answers = {f"score-{item}": str((seed + 7 * place) % 5) for place, item in enumerate(items)}
        form = {"csrf_token": token, "next": "check", **answers}
        assert coder.context.request.post(f"{address}/form", form=form).url.endswith("/check")
        why = {"csrf_token": token, "why_less": "I listened without scripts."}
        done = coder.context.request.post(f"{address}/submit", form=why)
        assert "Submitted ratings" in done.text()
    coder.goto(find_queue(coder))


def find_queue(coder) -> str:
    if not coder.url.endswith("/coding"):
        coder.goto(coder.locator("a.back, main a.btn-primary").first.get_attribute("href"))
    return coder.url


def see_reliability(lead, study: str, look) -> None:
    lead.goto(study)
    look(lead, "home-coded")
    lead.goto(f"{study}/reliability")
    lead.get_by_text("Initiating discussion").first.wait_for(timeout=2 * PATIENCE)
    look(lead, "reliability")
    words = lead.locator("main").inner_text()
    assert "Positive Child Involvement" in words
    assert "Positive Therapist Behavior" in words
    assert "NaN" not in words


def lock_and_plan(lead, study: str, look) -> None:
    lead.goto(f"{study}/unmask")
    look(lead, "unmask-before")
    lead.get_by_role("checkbox").first.check()
    lead.get_by_role("button", name="Lock the coding").click()
    lead.get_by_label("Permutations").fill("2000")
    lead.get_by_role("button", name="Record the plan").click()
    lead.get_by_text("SHA-256 of").wait_for()


def unmask(lead, study: str, look) -> None:
    look(lead, "unmask-ready")
    lead.get_by_label("Reason").fill("All forms are in and locked.")
    lead.get_by_label("Type the study").fill("Ruptures in child therapy")
    lead.get_by_label("Your password").fill("not the password")
    lead.get_by_role("button", name="Unmask the study").click()
    lead.get_by_text("The key stays sealed").wait_for()
    lead.get_by_label("Reason").fill("All forms are in and locked.")
    lead.get_by_label("Type the study").fill("Ruptures in child therapy")
    lead.get_by_label("Your password").fill(PASSWORD)
    lead.get_by_role("button", name="Unmask the study").click()
    lead.get_by_role("heading", name="The key is open").wait_for()
    look(lead, "unmasked")


def see_linkage(lead, study: str, look) -> None:
    for informant in ("child", "therapist"):
        lead.goto(f"{study}/linkage?informant={informant}")
        lead.get_by_text("Positive Child Involvement").first.wait_for(timeout=2 * PATIENCE)
        look(lead, f"linkage-{informant}")
        words = lead.locator("main").inner_text()
        assert "Pre vs" in words
        assert "NaN" not in words


def download(lead, study: str, look) -> None:
    lead.goto(f"{study}/export")
    look(lead, "export")
    with lead.expect_download() as bundle:
        lead.locator("a[href$='.zip']").click()
    assert bundle.value.suggested_filename.endswith(".zip")
    lead.goto(f"{study}/audit")
    look(lead, "audit")
    assert "unmask" in lead.locator("main").inner_text()
