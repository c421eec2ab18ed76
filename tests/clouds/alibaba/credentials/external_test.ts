import assert from "node:assert/strict";
import { external } from "../../../../lib/clouds/alibaba/credentials/external.ts";
import { followProfile } from "../../../../lib/clouds/alibaba/credentials/follow.ts";
import type { Profile } from "../../../../lib/clouds/alibaba/credentials/profile.ts";
import { CredentialsError } from "../../../../lib/clouds/signer.ts";
import { fakeWorld } from "../../../config/fake_world.ts";
import { revealed } from "../../revealed.ts";
import { SECRET } from "./rig.ts";

function profile(command: string): Profile {
  return {
    name: "p",
    mode: "External",
    settings: new Map([["process_command", command]]),
    attempt: 'Cannot use profile "p"',
    source: 'profile "p"',
    repair: "correct it",
    nameInFile: (setting) => setting,
  };
}

const AK = { mode: "AK", access_key_id: "LTAI5tMadeUp", access_key_secret: SECRET };
const STS = { ...AK, mode: "StsToken", access_key_id: "STS.NMadeUp", sts_token: "CAISMadeUp" };

/** A program that prints this. */
const printing = (value: unknown) => `printf %s '${typeof value === "string" ? value : JSON.stringify(value)}'`;

for (
  const [what, printed, keys, expiresAt] of [
    ["keys", AK, ["LTAI5tMadeUp", SECRET, undefined], undefined],
    ["temporary keys", STS, ["STS.NMadeUp", SECRET, "CAISMadeUp"], undefined],
    [
      "temporary keys that end, in the CLI's words",
      { ...STS, sts_expiration: 1_795_352_400 },
      ["STS.NMadeUp", SECRET, "CAISMadeUp"],
      "2026-11-22T13:00:00.000Z",
    ],
    [
      "temporary keys that end, in the SDKs' words",
      { ...STS, expiration: "2026-11-22T13:00:00Z" },
      ["STS.NMadeUp", SECRET, "CAISMadeUp"],
      "2026-11-22T13:00:00.000Z",
    ],
    ["a mode in another case", { ...AK, mode: "ak" }, ["LTAI5tMadeUp", SECRET, undefined], undefined],
  ] as const
) {
  Deno.test(`a program gives ${what}`, async () => {
    const found = await external(fakeWorld(), profile(printing(printed)));
    assert.deepEqual(revealed(found), { keys, expiresAt, source: 'profile "p"' });
  });
}

Deno.test("a program's path and arguments may hold spaces, in quotes", async () => {
  const folder = await Deno.makeTempDir({ prefix: "a program " });
  try {
    const path = `${folder}/get keys`;
    await Deno.writeTextFile(
      path,
      `#!/bin/sh\nprintf '{"mode":"AK","access_key_id":"%s","access_key_secret":"s"}' "$2"\n`,
    );
    await Deno.chmod(path, 0o700);
    const found = await external(fakeWorld(), profile(`"${path}" 'a $(b)' LTAI5tMadeUp`));
    assert.equal(found.accessKeyId, "LTAI5tMadeUp");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [why, command, message] of [
    ["it is not there", "/nobody/get-keys", /"\/nobody\/get-keys"/],
    ["it fails, in its own words", `sh -c 'echo "sign in first" >&2; exit 3'`, /sign in first/],
    ["it prints nothing", "true", /printed something else than a JSON object/],
    [
      "it prints words beside the JSON",
      printing(`ok ${JSON.stringify(AK)}`),
      /printed something else than a JSON object/,
    ],
    ["it prints a list", printing([AK]), /printed something else than a JSON object/],
    [
      "it prints a profile of another mode",
      printing({ ...AK, mode: "External" }),
      /of mode "External"; it must be AK or/,
    ],
    ["it prints no mode", printing({ ...AK, mode: undefined }), /of mode ""; it must be/],
    [
      "it prints half a key",
      printing({ ...AK, access_key_secret: "" }),
      /"access_key_secret" is missing; correct the program/,
    ],
    ["a quote is open", `printf '{`, /quote/],
  ] as const
) {
  Deno.test(`a program ends the search where ${why}`, async () => {
    await assert.rejects(external(fakeWorld(), profile(command)), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, /^Cannot use profile "p": /);
      assert.match(e.message, message);
      return !Deno.inspect(e, { depth: 10 }).includes(SECRET);
    });
  });
}

Deno.test("no program is started where ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const world = fakeWorld({ ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS: "true" });
    const family = { want: { profile: undefined }, find: () => undefined };
    await assert.rejects(
      followProfile(world, profile(`touch ${folder}/started`), family),
      (e) => e instanceof CredentialsError && /forbids to start its program/.test(e.message),
    );
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
