// Sends a folder of recordings file by file in small pieces, and goes on where it ended after an error.

const TRIES = 5;
const FIRST_WAIT = 1000; // ms, doubled at each try

class Refusal extends Error {}

class Upload {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.button = form.querySelector("button[type=submit]");
    this.bar = form.querySelector("progress");
    this.words = form.querySelector("[data-upload-words]");
    this.chunk = Number(form.dataset.chunk);
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
  }

  async run() {
    const chosen = new Map([...this.input.files].map((file) => [nameInFolder(file), file]));
    this.hideError();
    if (!chosen.size) {
      this.showError("Choose a folder first", "A folder without files cannot be sent.");
      return;
    }
    this.busy(true);
    try {
      await this.begin();
      const { files, check } = await this.post(this.form.dataset.files, listing(chosen));
      await this.sendAll(files, chosen);
      // Nothing is left to warn about.
      removeEventListener("beforeunload", warn);
      await this.post(check, {});
      location.assign(this.form.dataset.page);
    } catch (error) {
      this.busy(false);
      const again = "What has arrived is kept. Press the button to go on where it ended.";
      this.showError("The upload stopped", error instanceof Refusal ? error.message : again);
      this.button.querySelector("span").textContent = "Go on";
    }
  }

  async begin() {
    if (!this.form.dataset.files) {
      const { page, files } = await this.post(this.form.dataset.start, {});
      Object.assign(this.form.dataset, { page, files });
    }
  }

  async sendAll(files, chosen) {
    const total = files.reduce((sum, file) => sum + chosen.get(file.name).size, 0);
    let sent = files.reduce((sum, file) => sum + file.received, 0);
    for (const [place, file] of files.entries()) {
      const content = chosen.get(file.name);
      let at = file.received;
      while (at < content.size) {
        this.show(sent, total, place, files.length);
        const piece = content.slice(at, at + this.chunk);
        const { received } = await this.post(`${file.to}?offset=${at}`, piece);
        if (received === at) throw new Refusal(`${file.name} could not be stored. Press the button to try again.`);
        sent += received - at;
        at = received;
      }
    }
    this.show(total, total, files.length, files.length);
  }

  // A lost connection is tried again; what the server refuses is not.
  async post(address, body) {
    for (let tries = 1, wait = FIRST_WAIT; ; tries += 1, wait *= 2) {
      try {
        return await this.postOnce(address, body);
      } catch (error) {
        if (error instanceof Refusal || tries === TRIES) throw error;
        this.words.textContent = "The server does not answer; trying again.";
        await new Promise((resume) => setTimeout(resume, wait));
      }
    }
  }

  async postOnce(address, body) {
    const isPiece = body instanceof Blob;
    const answer = await fetch(address, {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Content-Type": isPiece ? "application/octet-stream" : "application/json",
        "X-CSRF-Token": this.form.dataset.token,
      },
      body: isPiece ? body : JSON.stringify(body),
    });
    if (answer.redirected) return {};
    if (answer.ok) return answer.json();
    if (answer.status >= 500) throw new Error(String(answer.status));
    const said = await answer.json().catch(() => ({}));
    throw new Refusal(said.message || "The server refused the files.");
  }

  show(sent, total, place, count) {
    this.bar.max = total || 1;
    this.bar.value = sent;
    this.words.textContent = `${place} of ${count} files, ${megabytes(sent)} of ${megabytes(total)} MB`;
  }

  busy(is) {
    this.button.disabled = this.input.disabled = is;
    this.form.querySelector("[data-upload-progress]").hidden = !is;
    (is ? addEventListener : removeEventListener)("beforeunload", warn);
  }

  showError(title, detail) {
    this.form.querySelector("[data-upload-title]").textContent = title;
    this.form.querySelector("[data-upload-detail]").textContent = detail;
    this.form.querySelector("[data-upload-error]").hidden = false;
  }

  hideError() {
    this.form.querySelector("[data-upload-error]").hidden = true;
  }
}

function listing(chosen) {
  return [...chosen].map(([name, file]) => ({ name, size: file.size, modified: file.lastModified }));
}

// The chosen folder's own name may tell something and is not sent.
function nameInFolder(file) {
  const path = file.webkitRelativePath;
  return path ? path.slice(path.indexOf("/") + 1) : file.name;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

function warn(event) {
  event.preventDefault();
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  new Upload(form);
}
