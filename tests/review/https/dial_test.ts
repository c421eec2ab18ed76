import assert from "node:assert/strict";

/** Runs a script that may reach the whole network, unlike tests; it gets `ask(host)`, which tells how a call ended. */
async function askFromOutside(host: string): Promise<{ readonly code: string; readonly message: string }> {
  const module = new URL("../../../lib/review/https/client.ts", import.meta.url).href;
  const script = `
    import { createHttpsClient } from ${JSON.stringify(module)};
    using client = createHttpsClient({ env: () => undefined });
    const request = { host: Deno.args[0], method: "GET", target: "/?secret-of-the-test", headers: {} };
    const failure = await client.exchange(request, { maxBodyBytes: 1, signal: AbortSignal.timeout(60_000) })
      .then(() => ({ code: "none", message: "" }), (failure) => failure);
    console.log(JSON.stringify({ code: failure.code, message: failure.message }));
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--allow-net",
      `data:application/typescript,${encodeURIComponent(script)}`,
      host,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

Deno.test("a name that no resolver knows is said to be one, and what to check", async () => {
  const { code, message } = await askFromOutside("sts.ram-auth.invalid");
  assert.equal(code, "ERR_HTTPS_DNS", message);
  assert.match(
    message,
    /^Cannot ask "sts\.ram-auth\.invalid": its name cannot be resolved: .+; check DNS on this machine$/,
  );
});
