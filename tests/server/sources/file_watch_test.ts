import assert from "node:assert/strict";
import { watchContent } from "../../../lib/server/sources/file_watch.ts";
import { realWorld } from "../../../lib/world.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { worldThatTellsOfLooks } from "../../support/looks.ts";
import { waitFor } from "../../support/wait_for.ts";

/** Less than the time between two looks without an event, so that only an event can have told. */
const SOON = { timeoutMs: 20_000 };

interface Watched {
  readonly folder: string;
  readonly path: string;
  /** How often a change was told. */
  changes(): number;
  /** Waits until this content was told of; `undefined` is a file that cannot be read. */
  told(content: string | undefined): Promise<void>;
  /** Makes the next event count, whatever the content is. */
  spoil(): void;
}

/** Watches `config.yaml` in a folder of its own while the body runs. */
async function watching(
  prepare: (folder: string) => Promise<void>,
  body: (watched: Watched) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "watch-" });
  const path = `${folder}/config.yaml`;
  await prepare(folder);
  const ending = new AbortController();
  const looks = Promise.withResolvers<void>();
  let lastTold: { readonly content: string | undefined } | undefined;
  let changes = 0;
  let stale = false;
  const running = watchContent(worldThatTellsOfLooks(looks.resolve), path, {
    signal: ending.signal,
    async onChange() {
      lastTold = { content: await Deno.readTextFile(path).catch(() => undefined) };
      changes += 1;
      stale = false;
    },
    isStale: () => stale,
  });
  try {
    await looks.promise;
    await body({
      folder,
      path,
      changes: () => changes,
      told: async (content) =>
        void await waitFor(
          `${content} to be told of`,
          () => lastTold !== undefined && lastTold.content === content,
          SOON,
        ),
      spoil: () => void (stale = true),
    });
  } finally {
    ending.abort();
    await running;
    await Deno.remove(folder, { recursive: true });
  }
}

const plainFile = (folder: string) => Deno.writeTextFile(`${folder}/config.yaml`, "one");

Deno.test("a file that is replaced by another is noticed, again and again", async () => {
  await watching(plainFile, async ({ path, told }) => {
    for (const content of ["two", "three", "four"]) {
      await replaceFile(path, content);
      await told(content);
    }
  });
});

Deno.test("a file that is edited in place is noticed, again and again", async () => {
  await watching(plainFile, async ({ path, told }) => {
    for (const content of ["two", "three", "four"]) {
      await Deno.writeTextFile(path, content);
      await told(content);
    }
  });
});

Deno.test("a mounted ConfigMap is noticed when its folder is swapped, again and again", async () => {
  const makeVersion = async (folder: string, content: string) => {
    await Deno.mkdir(`${folder}/..${content}`);
    await Deno.writeTextFile(`${folder}/..${content}/config.yaml`, content);
    await Deno.symlink(`..${content}`, `${folder}/..data_tmp`);
    await Deno.rename(`${folder}/..data_tmp`, `${folder}/..data`);
  };
  const mount = async (folder: string) => {
    await makeVersion(folder, "one");
    await Deno.symlink("..data/config.yaml", `${folder}/config.yaml`);
  };
  await watching(mount, async ({ folder, told }) => {
    for (const content of ["two", "three", "four"]) {
      await makeVersion(folder, content);
      await told(content);
    }
  });
});

Deno.test("a file that is deleted is noticed, and so is the one that is made in its place", async () => {
  await watching(plainFile, async ({ path, told }) => {
    await Deno.remove(path);
    await told(undefined);
    await Deno.writeTextFile(path, "two");
    await told("two");
  });
});

Deno.test("a FIFO that nobody writes holds nothing up, and the file that is put in its place is noticed", async () => {
  const pipe = async (folder: string) => {
    assert((await new Deno.Command("mkfifo", { args: [`${folder}/config.yaml`] }).output()).success);
  };
  await watching(pipe, async ({ path, told }) => {
    await replaceFile(path, "two");
    await told("two");
  });
});

Deno.test("a file that is made after the watch began is noticed", async () => {
  await watching(() => Promise.resolve(), async ({ path, told }) => {
    await Deno.writeTextFile(path, "one");
    await told("one");
  });
});

Deno.test("a file of the same content, and a neighbour, are no change", async () => {
  await watching(plainFile, async ({ folder, path, changes, told }) => {
    await replaceFile(path, "one");
    await Deno.writeTextFile(`${folder}/neighbour`, "x");
    await replaceFile(path, "two");
    await told("two");
    assert.equal(changes(), 1);
  });
});

Deno.test("content that could not be taken up is told of again, even if it is the same", async () => {
  await watching(plainFile, async ({ path, told, changes, spoil }) => {
    spoil();
    await replaceFile(path, "one");
    await told("one");
    assert.equal(changes(), 1);
  });
});

Deno.test("a watch ends at once when it is aborted, even in a folder that is not there", async () => {
  const folder = await Deno.makeTempDir({ prefix: "watch-" });
  await plainFile(folder);
  for (const path of [`${folder}/config.yaml`, `${folder}/nowhere/config.yaml`]) {
    for (const abortAfterLook of [true, false]) {
      const ending = new AbortController();
      const looks = Promise.withResolvers<void>();
      const running = watchContent(worldThatTellsOfLooks(looks.resolve), path, {
        signal: ending.signal,
        onChange: () => Promise.reject(new Error("nothing changed")),
        isStale: () => false,
      });
      if (abortAfterLook) await looks.promise;
      ending.abort();
      await running;
    }
  }
  await watchContent(realWorld(), `${folder}/config.yaml`, {
    signal: AbortSignal.abort(),
    onChange: () => Promise.reject(new Error("nothing changed")),
    isStale: () => false,
  });
  await Deno.remove(folder, { recursive: true });
});
