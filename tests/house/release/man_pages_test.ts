import assert from "node:assert/strict";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import { manPages } from "../../../scripts/release/man_pages.ts";
import { testNeeding } from "../../support/needs.ts";

const PAGES = manPages("1.2.3");

Deno.test("there is a man page for ram-auth and for each command", () => {
  const names = ["ram-auth", ...Object.keys(COMMANDS).map((name) => `ram-auth-${name.replaceAll(" ", "-")}`)];
  assert.deepEqual([...PAGES.keys()].toSorted(), names.map((name) => `${name}.1`).toSorted());
});

Deno.test("a line of a man page begins a request only where one is meant", () => {
  const requests = new Set(["TH", "SH", "SS", "B", "BR", "TP", "PP", "nf", "fi", "RS", "RE"]);
  for (const [name, page] of PAGES) {
    for (const [, request] of page.matchAll(/^[.'](\S*)/gm)) assert.ok(requests.has(request!), `${name}: ${request}`);
  }
});

async function output(program: string, args: readonly string[], input: string) {
  const process = new Deno.Command(program, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

testNeeding(["mandoc"], "mandoc finds no fault in the man pages, and shows what they say", async () => {
  for (const [name, page] of PAGES) {
    const { out } = await output("mandoc", ["-T", "lint", "-W", "warning"], page);
    assert.equal(out.replace(/^.*missing date.*\n/gm, ""), "", name);
  }
  const { out } = await output("mandoc", ["-T", "utf8"], PAGES.get("ram-auth-kubeconfig.1")!);
  const plain = out.replaceAll(/.[\b]/g, "");
  assert.match(plain, /--cluster-id <id>\n/);
  assert.match(plain, /ram-auth kubeconfig -i my-cluster --cluster-name kubernetes\n/);
  assert.match(plain, /--no-switch/);
});
