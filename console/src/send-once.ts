const LONGEST_MS = 3_000;

/**
 * Posts something that nobody waits for long, also from a page that is being left.
 * @throws an error if it was not answered
 */
export async function sendOnce(address: string, body: BodyInit): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), LONGEST_MS);
  try {
    await fetch(address, { method: 'POST', body, keepalive: true, signal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
