import assert from "node:assert/strict";
import { makeSocketFolder, SocketFolderError } from "../../../lib/server/door/socket_folder.ts";

const NOTHING = { env: () => undefined };

async function inFolder(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockets-" });
  try {
    test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const entries = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("the folder is its owner's alone, has another name each time, and goes with the server", async () => {
  await inFolder((parent) => {
    const names = new Set<string>();
    for (let times = 0; times < 3; times++) {
      using sockets = makeSocketFolder(NOTHING, parent);
      const [name] = entries(parent);
      names.add(name!);
      assert.equal(Deno.statSync(`${parent}/${name}`).mode! & 0o7777, 0o700);
      assert.equal(sockets.newPath().startsWith(`${parent}/${name}/`), true);
      assert.notEqual(sockets.newPath(), sockets.newPath());
    }
    assert.equal(names.size, 3);
    assert.deepEqual(entries(parent), []);
  });
});

Deno.test("it is in the run-time folder where there is one, else in the state folder", async () => {
  await inFolder((folder) => {
    for (const name of ["run", "state"]) Deno.mkdirSync(`${folder}/${name}`);
    const world = { env: (name: string) => name === "RUNTIME_DIRECTORY" ? `${folder}/run:/elsewhere` : undefined };
    using inRun = makeSocketFolder(world, `${folder}/state`);
    assert.equal(inRun.newPath().startsWith(`${folder}/run/door-`), true);
    using inState = makeSocketFolder(NOTHING, `${folder}/state`);
    assert.equal(inState.newPath().startsWith(`${folder}/state/door-`), true);
  });
});

Deno.test("a place that cannot be used, or whose paths are too long for a socket, is passed over", async () => {
  await inFolder((folder) => {
    const world = { env: (name: string) => name === "TMPDIR" ? folder : undefined };
    const long = `${folder}/${"x".repeat(100)}`;
    Deno.mkdirSync(long);
    for (const stateDir of [long, `${folder}/missing`]) {
      using sockets = makeSocketFolder(world, stateDir);
      const path = sockets.newPath();
      assert.equal(path.startsWith(`${folder}/door-`), true);
      Deno.listen({ transport: "unix", path }).close();
    }
  });
});

Deno.test("a folder that is gone, or that somebody put in its place, is made anew", async () => {
  await inFolder((parent) => {
    using sockets = makeSocketFolder(NOTHING, parent);
    const [first] = entries(parent);
    Deno.renameSync(`${parent}/${first}`, `${parent}/away`);
    Deno.mkdirSync(`${parent}/${first}`);
    assert.equal(sockets.newPath().startsWith(`${parent}/${first}/`), false);
  });
});

Deno.test("what servers that were killed left behind is swept away, and no folder that another may be using", async () => {
  await inFolder((parent) => {
    const hourAgo = Date.now() / 1_000 - 3_700;
    for (const name of ["door-old", "door-in-use", "door-inhabited", "other"]) Deno.mkdirSync(`${parent}/${name}`);
    Deno.writeTextFileSync(`${parent}/door-inhabited/file`, "");
    for (const name of ["door-old", "door-inhabited", "other"]) Deno.utimeSync(`${parent}/${name}`, hourAgo, hourAgo);
    makeSocketFolder(NOTHING, parent)[Symbol.dispose]();
    assert.deepEqual(entries(parent).sort(), ["door-in-use", "door-inhabited", "other"]);
  });
});

Deno.test("a server without any place for its sockets says what to do", async () => {
  await inFolder((folder) => {
    const long = `${folder}/${"x".repeat(100)}`;
    const world = { env: () => long };
    assert.throws(() => makeSocketFolder(world, long, ["nowhere"]), (failure: unknown) => {
      assert.ok(failure instanceof SocketFolderError);
      assert.equal(failure.code, "ERR_SOCKET_FOLDER");
      assert.match(failure.message, /^Cannot make a folder for the server's own sockets in any of these: "/);
      return true;
    });
  });
});
