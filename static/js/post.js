const TIMEOUT_MS = 15000;

/** Post one change; the status is 0 where no answer came, and 401 where the answer was a way to the sign-in page. */
export async function postChange(url, token, body) {
  try {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.type === "opaqueredirect" ? 401 : response.status, data: await readJson(response) };
  } catch {
    return { status: 0, data: {} };
  }
}

async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}
