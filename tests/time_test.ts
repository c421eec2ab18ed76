import assert from "node:assert/strict";
import { linkedController, startDeadline } from "../lib/time.ts";

/** A signal that counts its listeners. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener, options?: AddEventListenerOptions) => {
    listeners.add(listener);
    add(type, listener, options);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(listener);
    remove(type, listener);
  };
  return { controller, signal, listeners: () => listeners.size };
}

Deno.test("a linked signal aborts with its parent, for the same reason", () => {
  const parent = new AbortController();
  const linked = linkedController(parent.signal);
  const late = linkedController(linked.signal);
  assert.deepEqual([linked.signal.aborted, late.signal.aborted], [false, false]);
  parent.abort("the server stops");
  assert.deepEqual([linked.signal.reason, late.signal.reason], ["the server stops", "the server stops"]);
  assert.equal(linkedController(parent.signal).signal.reason, "the server stops");
});

Deno.test("a linked signal aborts on its own, and its parent does not", () => {
  const { signal, listeners } = counted();
  const linked = linkedController(signal);
  assert.equal(listeners(), 1);
  linked.abort("enough");
  assert.deepEqual([linked.signal.reason, signal.aborted, listeners()], ["enough", false, 0]);
});

Deno.test("what was disposed of leaves no listener, and does not abort with its parent", () => {
  const { controller, signal, listeners } = counted();
  const signals: AbortSignal[] = [];
  {
    using linked = linkedController(signal);
    using deadline = startDeadline(signal, 3_600_000);
    signals.push(linked.signal, deadline.signal);
    assert.equal(listeners(), 2);
  }
  assert.equal(listeners(), 0);
  controller.abort();
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false, false]);
});

Deno.test("a linked signal outlives the garbage collector, though only its parent is held", async () => {
  const program = `
    import { linkedController } from ${JSON.stringify(new URL("../lib/time.ts", import.meta.url).href)};
    const parent = new AbortController();
    let aborted = 0;
    for (let i = 0; i < 100; i += 1) linkedController(parent.signal).signal.addEventListener("abort", () => aborted += 1);
    for (let i = 0; i < 5; i += 1) {
      gc();
      await new Promise((resolve) => setTimeout(resolve));
    }
    parent.abort();
    console.log(aborted);
  `;
  const args = ["eval", "--no-config", "--no-lock", "--v8-flags=--expose-gc", "--ext=ts", program];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "100", new TextDecoder().decode(stderr));
});
