/**
 * A body that never gets anywhere.
 *
 * @module
 */

/** Sends a text a byte a second, the first byte at once. */
export function drip(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let sent = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array>({
    pull: (controller) =>
      new Promise((resolve) => {
        timer = setTimeout(() => {
          controller.enqueue(bytes.slice(sent, sent += 1));
          resolve();
        }, sent === 0 ? 0 : 1_000);
      }),
    cancel: () => clearTimeout(timer),
  });
}
