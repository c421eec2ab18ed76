import assert from "node:assert/strict";
import { StateError } from "../../lib/state/state_error.ts";
import { withStateLock } from "../../lib/state/state_lock.ts";
import { inFolder, START, worldAt } from "./stored_files.ts";

const world = worldAt(START);

Deno.test("withStateLock() refuses to wait longer than it may for another writer", async () => {
  await inFolder(async (folder) => {
    await withStateLock(world, folder, async () => {
      await assert.rejects(
        withStateLock(world, folder, () => Promise.resolve(), { maxWaitMs: 0 }),
        (e) => e instanceof StateError && e.message.includes("another process"),
      );
    });
  });
});

Deno.test("withStateLock() gives the lock back, also after a failure", async () => {
  await inFolder(async (folder) => {
    const failure = withStateLock(world, folder, () => Promise.reject(new RangeError("made up")));
    await assert.rejects(failure, RangeError);
    assert.equal(await withStateLock(world, folder, () => Promise.resolve("done"), { maxWaitMs: 0 }), "done");
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("withStateLock() waits no longer than its signal lets it", async () => {
  await inFolder(async (folder) => {
    const stop = new AbortController();
    await withStateLock(world, folder, async () => {
      const waiting = withStateLock(world, folder, () => Promise.resolve(), {
        signal: stop.signal,
        maxWaitMs: 600_000,
      });
      stop.abort(new RangeError("made up"));
      await assert.rejects(waiting, RangeError);
    });
  });
});

Deno.test("withStateLock() says which folder cannot be opened", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(
      withStateLock(world, `${folder}/missing`, () => Promise.resolve()),
      (e) => e instanceof StateError && e.message.includes(`"${folder}/missing"`),
    );
  });
});
