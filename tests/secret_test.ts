import assert from "node:assert/strict";
import { RamAuthError } from "../lib/errors.ts";
import { Secret } from "../lib/secret.ts";

const TEXT = "MadeUpSecretThatMustNotShow";
const secret = new Secret(TEXT);

class Failure extends RamAuthError {
  readonly code = "ERR_TEST";
  readonly held = secret;
}

for (
  const [how, shown] of [
    ["String()", String(secret)],
    ["toString()", secret.toString()],
    ["a template", `${secret}`],
    ["joining", [secret].join()],
    ["adding to text", "" + (secret as unknown as string)],
    ["JSON", JSON.stringify(secret)],
    ["JSON of what holds it", JSON.stringify({ credentials: { secret: [secret] } })],
    ["Deno.inspect()", Deno.inspect(secret)],
    [
      "Deno.inspect() of what holds it, with everything hidden",
      Deno.inspect({ a: [secret] }, { showHidden: true, depth: 10 }),
    ],
    ["Deno.inspect() of a map", Deno.inspect(new Map([["k", secret]]))],
    ["Deno.inspect() of an error that holds it", Deno.inspect(new Failure("Cannot test"), { depth: 10 })],
    ["Deno.inspect() of an error that it caused", Deno.inspect(new Error("Cannot test", { cause: secret }))],
    ["the stack of an error that quotes it", new Error(`Cannot use "${secret}"`).stack!],
    ["its keys and properties", JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret)])],
    ["a copy of its properties", Deno.inspect({ ...secret })],
    ["a structured clone", Deno.inspect(structuredClone({ secret }))],
  ] as const
) {
  Deno.test(`a secret does not show by ${how}`, () => assert(!shown.includes(TEXT), shown));
}

Deno.test("a secret says that it is redacted, and is revealed on demand alone", () => {
  assert.equal(String(secret), "[redacted]");
  assert.equal(JSON.stringify({ secret }), '{"secret":"[redacted]"}');
  assert.equal(Deno.inspect(secret), "[redacted]");
  assert.equal(secret.reveal(), TEXT);
});

Deno.test("a secret does not show where the console prints it", async () => {
  const script = `
    import { Secret } from ${JSON.stringify(new URL("../lib/secret.ts", import.meta.url).href)};
    const secret = new Secret("${TEXT}".slice(0));
    console.log(secret, "%s %o %O %j", secret, { secret }, [secret]);
    console.log("%s %o %O %d", secret, secret, secret, secret);
    console.error(secret);
    console.table([{ secret }]);
    console.dir({ secret }, { showHidden: true });
    throw Object.assign(new Error(String(secret), { cause: { secret } }), { secret });
  `;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--allow-read",
      `data:application/typescript,${encodeURIComponent(script)}`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const shown = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 1);
  assert(shown.includes("[redacted]"), shown);
  // The source line that an uncaught error quotes names no secret either.
  assert(!shown.includes(TEXT), shown);
});
