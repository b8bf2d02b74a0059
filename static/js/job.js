// Watches long work and opens the page again when it has ended.

const PAUSE = 1000; // ms
const PAUSE_AFTER_ERROR = 4000;

async function watch(card) {
  const bar = card.querySelector("progress");
  const words = card.querySelector("[data-job-words]");
  for (;;) {
    const job = await ask(card.dataset.job);
    if (job && !job.is_open) {
      location.reload();
      return;
    }
    if (job && job.total) {
      bar.max = job.total;
      bar.value = job.done;
      words.textContent = `${written(job.done)} of ${written(job.total)}`;
    } else if (!job) {
      words.textContent = "The server does not answer; asking again.";
    }
    await new Promise((resume) => setTimeout(resume, job ? PAUSE : PAUSE_AFTER_ERROR));
  }
}

// As the server writes numbers.
function written(number) {
  return number.toLocaleString("en-US");
}

async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

for (const card of document.querySelectorAll("[data-job]")) {
  watch(card);
}
