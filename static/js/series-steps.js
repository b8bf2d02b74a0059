// Steps through the series by keys while the focus is in the chart's region. The links work without this.

const PARTS = ["picker", "series-card", "settings-card", "all-card"];
const KEYS = { ArrowLeft: "previous", p: "previous", P: "previous", ArrowRight: "next", n: "next", N: "next" };

let running = null;

document.addEventListener("keydown", (event) => {
  const step = KEYS[event.key];
  const region = event.target.closest("[data-steps]");
  if (!step || !region || event.ctrlKey || event.altKey || event.metaKey || scrolls(event)) {
    return;
  }
  const link = region.querySelector(`[data-step=${step}]`);
  if (link) {
    event.preventDefault();
    go(link);
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-steps] [data-step]");
  if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    go(link);
  }
});

// What an address showed before is not kept: the server says it again.
window.addEventListener("popstate", () => window.location.reload());

prepare();

/** A chart that is wider than the screen keeps its arrows. */
function scrolls(event) {
  const scroller = event.target.closest(".chart-scroll");
  return event.key.startsWith("Arrow") && scroller && scroller.scrollWidth > scroller.clientWidth;
}

/** Show the series of a link in place; whatever goes wrong, the link is followed as links are. */
async function go(link) {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  try {
    const answer = await fetch(link.href, { signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.status !== 200 || PARTS.some((id) => !page.getElementById(id))) {
      throw new Error("another-page");
    }
    const focused = describeFocus();
    const open = [...document.querySelectorAll("#series-card details")].map((one) => one.open);
    for (const id of PARTS) {
      document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
    }
    document.querySelectorAll("#series-card details").forEach((one, at) => {
      one.open = open[at] ?? false;
    });
    window.history.pushState(null, "", link.href);
    prepare();
    restoreFocus(focused);
    document.querySelector("[data-step-said]").textContent = document.querySelector(
      "#series-card .chart-scroll, #series-card .chart-reason",
    )?.getAttribute("aria-label") ?? document.getElementById("series").textContent;
  } catch {
    if (!signal.aborted) {
      window.location.assign(link.href);
    }
  }
}

function describeFocus() {
  return document.activeElement?.closest("[data-step]")?.dataset.step ?? "chart";
}

/** The focus stays on the link or the chart that it was on; where there is no such link, it goes to the other. */
function restoreFocus(focused) {
  const region = document.querySelector("[data-steps]");
  const wanted = focused === "chart" ? region.querySelector(".chart-scroll") : region.querySelector(`[data-step=${focused}]`);
  (wanted ?? region.querySelector("[data-step]"))?.focus({ preventScroll: true });
}

function prepare() {
  for (const hint of document.querySelectorAll("[data-step-hint]")) {
    hint.hidden = false;
  }
}
