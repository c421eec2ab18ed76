import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { realWorld } from "../../../lib/world.ts";

const CONFIG = `clusterID: c # keep
Server:
  # people
  mapUsers:
    - userARN: arn:aws:iam::123456789012:user/ann
      username: ann
`;
const MALLORY = "arn:aws:iam::123456789012:user/mallory";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly text: string;
}

/** Runs `ram-auth deny …` on a config file with this text. */
async function deny(text: string, ...args: string[]): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/config.yaml`;
    await Deno.writeTextFile(path, text, { mode: 0o640 });
    const written = { out: "", err: "" };
    const world = {
      ...realWorld(),
      env: () => undefined,
      stdout: { isTerminal: false, write: (part: string) => void (written.out += part) },
      stderr: { isTerminal: false, write: (part: string) => void (written.err += part) },
    };
    const code = await run(["deny", ...args, "-c", path], world, () => new AbortController().signal);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
    const short = (part: string) => part.replaceAll(path, "config.yaml");
    return { code, out: short(written.out), err: short(written.err), text: await Deno.readTextFile(path) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ram-auth deny add writes the entry, keeps the rest, and says how long kube-apiserver remembers", async () => {
  const { code, out, err, text } = await deny(CONFIG, "add", MALLORY);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(text, `${CONFIG}  deny:\n    arns:\n    - ${MALLORY}\n`);
  assert.match(out, new RegExp(`^added arn ${MALLORY} in config.yaml\n`));
  assert.match(out, /two minutes/);
});

for (
  const [args, key, entry] of [
    [["--access-key-id", "AKIAIOSFODNN7EXAMPLE"], "accessKeyIds", "AKIAIOSFODNN7EXAMPLE"],
    [["--principal-id", "300000000000000001"], "principalIds", '"300000000000000001"'],
    [["--account", "012345678901"], "accounts", '"012345678901"'],
    [["--arn", "acs:ram::1234567890123456:role/ci-*"], "arns", "acs:ram::1234567890123456:role/ci-*"],
  ] as const
) {
  Deno.test(`ram-auth deny add ${args.join(" ")} adds to ${key}, and remove takes it out again`, async () => {
    const added = await deny(CONFIG, "add", ...args);
    assert.deepEqual([added.code, added.text], [0, `${CONFIG}  deny:\n    ${key}:\n    - ${entry}\n`]);
    const again = await deny(added.text, "add", ...args);
    assert.deepEqual([again.code, again.out, again.text], [
      0,
      "nothing to do: config.yaml denies this already\n",
      added.text,
    ]);
    const removed = await deny(added.text, "remove", ...args);
    assert.deepEqual([removed.code, removed.text], [0, `${CONFIG}  deny:\n    ${key}: []\n`]);
  });
}

Deno.test("ram-auth deny finds keys and ARNs in any case", async () => {
  const text = `clusterID: c\nserver: {Deny: {ARNS: ["${MALLORY}", "${MALLORY}2"]}}\n`;
  assert.match(
    (await deny(text, "add", MALLORY.toUpperCase().replace("ARN:AWS:IAM", "arn:aws:iam"))).out,
    /^nothing to do/,
  );
  assert.equal((await deny(text, "remove", MALLORY)).text, `clusterID: c\nserver: {Deny: {ARNS: ["${MALLORY}2"]}}\n`);
});

Deno.test("ram-auth deny remove of what is not denied fails, and writes nothing", async () => {
  const { code, err, text } = await deny(CONFIG, "remove", MALLORY);
  assert.deepEqual([code, text], [1, CONFIG]);
  assert.match(
    err,
    /Cannot remove ".*mallory" from the deny list: config.yaml does not have it; see "ram-auth deny list/,
  );
});

Deno.test("ram-auth deny add --dry-run shows the change and writes nothing", async () => {
  const { code, out, text } = await deny(CONFIG, "add", "--dry-run", MALLORY);
  assert.deepEqual([code, text], [0, CONFIG]);
  assert.match(out, /\n\+ {2}deny:\n\+ {4}arns:\n\+ {4}- arn:/);
});

for (
  const [what, args, message] of [
    ["nothing", [], /nothing is named; give --arn, --access-key-id/],
    ["a name", ["mallory"], /"mallory" is not an ARN/],
    ["an ARN with a slip", ["arn:aws:iam::12345678901:user/x"], /has 12; was a leading zero lost/],
    ["a principal id with its session", ["--principal-id", "AROAEXAMPLE:erin"], /without a session/],
    ["a bad and a good entry", [MALLORY, "--account", "prod"], /an entry of accounts/],
  ] as const
) {
  Deno.test(`ram-auth deny add of ${what} is wrong usage, and writes nothing`, async () => {
    const { code, err, text } = await deny(CONFIG, "add", ...args);
    assert.deepEqual([code, text], [2, CONFIG]);
    assert.match(err, message);
  });
}

for (
  const [what, text, message] of [
    ["an unknown key", `${CONFIG}  mapUser: []\n`, /unknown key "mapUser"/],
    ["broken YAML", `${CONFIG} [\n`, /Cannot use the config file/],
    ["a list within the list", `${CONFIG}  deny: {arns: [[x]]}\n`, /line 7 holds a list, not an entry/],
  ] as const
) {
  Deno.test(`ram-auth deny add reports no success where the server would not take up the file: ${what}`, async () => {
    const outcome = await deny(text, "add", MALLORY);
    assert.deepEqual([outcome.code, outcome.text, outcome.out], [1, text, ""]);
    assert.match(outcome.err, message);
  });
}

Deno.test("ram-auth deny add warns of a session, whose name is free to choose", async () => {
  const { code, err } = await deny(CONFIG, "add", "arn:aws:sts::123456789012:assumed-role/Admin/erin");
  assert.equal(code, 0);
  assert.match(err, /warning: .* is one session/);
});

Deno.test("ram-auth deny list prints what is denied, and fails where an entry denies nobody", async () => {
  const text = `${CONFIG}  deny: {arns: ["${MALLORY}"], accounts: ["123456789012"]}\n`;
  const table = await deny(text, "list");
  assert.deepEqual([table.code, table.err], [0, ""]);
  assert.equal(table.out, `KIND     DENIED\narn      ${MALLORY}\naccount  123456789012\n`);
  const json = JSON.parse((await deny(text, "list", "-o", "json")).out);
  assert.deepEqual([json.arns, json.accounts, json.problems], [[MALLORY], ["123456789012"], []]);
  assert.equal((await deny(CONFIG, "list")).out, "nobody is denied in config.yaml\n");
  const slip = await deny(`${CONFIG}  deny: {accounts: [prod]}\n`, "list");
  assert.deepEqual([slip.code, slip.out], [1, "nobody is denied in config.yaml\n"]);
  assert.match(slip.err, /config.yaml:7:21: invalid: Cannot use server.deny: an entry of accounts/);
});
