import assert from "node:assert/strict";
import { UsageError } from "../lib/errors.ts";
import { cacheFolder, homeFolder, inHome, type Place, splitPaths } from "../lib/home.ts";

/** A system with these variables and no others. */
function place(os: Place["os"], environment: Readonly<Record<string, string>> = {}): Place {
  return { os, env: (name) => Object.hasOwn(environment, name) ? environment[name] : undefined };
}

for (
  const [os, environment, home, cache] of [
    ["linux", { HOME: "/home/me" }, "/home/me", "/home/me/.cache/ram-auth"],
    ["linux", { HOME: "/home/me", XDG_CACHE_HOME: "/var/me" }, "/home/me", "/var/me/ram-auth"],
    ["linux", { HOME: "/home/me", XDG_CACHE_HOME: "cache" }, "/home/me", "/home/me/.cache/ram-auth"],
    ["linux", { HOME: "/home/me", XDG_CACHE_HOME: "" }, "/home/me", "/home/me/.cache/ram-auth"],
    ["linux", { XDG_CACHE_HOME: "/var/me" }, undefined, "/var/me/ram-auth"],
    ["linux", { HOME: "" }, undefined, undefined],
    ["linux", { USERPROFILE: "C:\\Users\\me", LOCALAPPDATA: "C:\\Local" }, undefined, undefined],
    ["darwin", { HOME: "/Users/me" }, "/Users/me", "/Users/me/Library/Caches/ram-auth"],
    ["darwin", {}, undefined, undefined],
    ["windows", { USERPROFILE: "C:\\Users\\me" }, "C:/Users/me", "C:/Users/me/AppData/Local/ram-auth/cache"],
    ["windows", { HOME: "D:\\me", USERPROFILE: "C:\\Users\\me" }, "D:/me", "D:/me/AppData/Local/ram-auth/cache"],
    [
      "windows",
      { USERPROFILE: "C:\\Users\\me", LOCALAPPDATA: "E:\\Local" },
      "C:/Users/me",
      "E:/Local/ram-auth/cache",
    ],
    [
      "windows",
      { HOMEDRIVE: "H:", HOMEPATH: "\\me" },
      "H:/me",
      "H:/me/AppData/Local/ram-auth/cache",
    ],
    ["windows", { HOMEDRIVE: "H:" }, undefined, undefined],
    ["windows", { LOCALAPPDATA: "E:\\Local" }, undefined, "E:/Local/ram-auth/cache"],
  ] as const
) {
  Deno.test(`the home and the cache of ${os} with ${JSON.stringify(environment)}`, () => {
    const there = place(os, environment);
    assert.deepEqual([homeFolder(there), cacheFolder(there)], [home, cache]);
  });
}

for (
  const [os, path, want] of [
    ["linux", "~", "/home/me"],
    ["linux", "~/.kube/new", "/home/me/.kube/new"],
    ["linux", "a/~/b", "a/~/b"],
    ["linux", "./~/b", "./~/b"],
    ["linux", "", ""],
    ["windows", "~\\.kube\\new", "C:/me/.kube/new"],
    ["windows", "D:\\kube\\config", "D:/kube/config"],
    ["linux", "a\\b", "a\\b"],
    ["windows", "~/.kube/new", "C:/me/.kube/new"],
  ] as const
) {
  Deno.test(`inHome() makes ${JSON.stringify(path)} on ${os} ${JSON.stringify(want)}`, () => {
    const variables = os === "windows" ? { USERPROFILE: "C:\\me" } : { HOME: "/home/me" };
    assert.equal(inHome(place(os, variables), path), want);
  });
}

for (
  const [what, path, environment, says] of [
    ["the home of another user", "~root/x", { HOME: "/home/me" }, /only ~ alone/],
    ["a name that starts with it", "~x", { HOME: "/home/me" }, /only ~ alone/],
    ["a home that no variable names", "~/x", {}, /HOME is not set; write the whole path/],
  ] as const
) {
  Deno.test(`inHome() refuses ${what}`, () => {
    const act = () => inHome(place("linux", environment), path);
    assert.throws(act, (error) => error instanceof UsageError && says.test(error.message));
  });
}

Deno.test("splitPaths() splits as the system does, and drops what is empty", () => {
  assert.deepEqual(splitPaths(place("linux"), ":/a:/b::c:"), ["/a", "/b", "c"]);
  assert.deepEqual(splitPaths(place("windows"), "C:\\a;D:\\b;;c"), ["C:/a", "D:/b", "c"]);
});
