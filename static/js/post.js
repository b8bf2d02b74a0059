const TIMEOUT_MS = 15000;

/**
 * Post one change; the status is 0 where no answer came, and 401 where the answer was a way to the sign-in page.
 * It outlives its page, as every change is far smaller than what a browser lets do so.
 */
export async function postChange(url, token, body) {
  try {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.type === "opaqueredirect" ? 401 : response.status, data: await readJson(response) };
  } catch {
    return { status: 0, data: {} };
  }
}

/** What an answer means for the change: "saved", "stopped", "torn", "refused", or "failed", where it may be sent again. */
export function meaningOf({ status, data }) {
  if (status === 200 && Number.isInteger(data.revision)) {
    return "saved";
  }
  // Signed out, the token too old, coding closed, or another person signed in, who must not even learn that there is
  // such a form: sending again helps only after the coder did something.
  if ([400, 401, 403, 404].includes(status)) {
    return "stopped";
  }
  if (status === 409 && data.current) {
    return "torn";
  }
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? "refused" : "failed";
}

async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}
