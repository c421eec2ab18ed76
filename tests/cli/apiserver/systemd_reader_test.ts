/**
 * Units as systemd reads them: a real one starts what stands for kube-apiserver, which writes down the words that it got.
 */

import assert from "node:assert/strict";
import type { FileToChange } from "../../../lib/cli/apiserver/change.ts";
import { environmentFilesOf, planChange } from "../../../lib/cli/apiserver/plan.ts";
import { dropInFolders } from "../../../lib/cli/apiserver/places.ts";
import { commandOf } from "../../../lib/cli/apiserver/unit.ts";
import { startMachine } from "../../support/machine.ts";
import { testNeeding } from "../../support/needs.ts";
import { below, pick, type Random, seededRandom } from "../../support/seeded_random.ts";

const KUBECONFIG = "/etc/kubernetes/ram-auth/kubeconfig.yaml";
const PROGRAM = "/opt/kube-apiserver";

/** Lines of a unit's service, by what is special about them. */
const SERVICES: Record<string, string> = {
  plain: `ExecStart=${PROGRAM} --a=1 --b 2`,
  marks: `ExecStart = -${PROGRAM}   --a=1\t--b `,
  quotes: `ExecStart=${PROGRAM} "--a=1 2" '--b="x"' "" --c="3 4" --d='5'`,
  escapes: `ExecStart=${PROGRAM} --a=1\\x202 "--b=\\"x\\"" '--c=\\'y\\'' --d=\\\\`,
  lines: `ExecStart=${PROGRAM} \\\n  --a=1 \\\n  # a remark \\\n  ; another\n  --b \\\n\n  --c`,
  variables:
    `Environment="A=--a=1 --b" B=2\nEnvironment=C=\nExecStart=${PROGRAM} $A \${A} --b=\${B} $C $NONE \${NONE} x$B`,
  files: `Environment=A=0\nEnvironmentFile=/opt/one.env\nEnvironmentFile=-/opt/none.env\nExecStart=${PROGRAM} $A $B $C`,
  lastFile: `EnvironmentFile=/opt/one.env\nEnvironmentFile=/opt/two.env\nExecStart=${PROGRAM} $A $B`,
};

/** Made-up commands, by pieces of what has a meaning to systemd; another seed tries others. */
const MADE_UP = 40;
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_NATIVE_SEED") ?? "20261129");
const PIECES = ["--a=1", " ", " ", "  ", "\t", '"', '"', "'", "'", "\\\\", '\\"', "\\'", "\\x41", "\\t", "\\s", "\\101"]
  .concat([
    " $A ",
    " ${A} ",
    "${B}",
    "x$B",
    "$NONE",
    "=",
    "-",
    "#",
    ";x",
    ",",
    " \\\n ",
    " \\\n# so\n ",
    " \\\n  ; so \\\n  ",
  ]);

function madeUp(random: Random): string {
  const pieces = Array.from({ length: 1 + below(12, random) }, () => pick(PIECES, random));
  return `Environment="A=--y=1 '2 3'" B=4\nExecStart=${PROGRAM} ${pieces.join("")}`;
}

for (let i = 0; i < MADE_UP; i += 1) SERVICES[`made-up-${i}`] = madeUp(seededRandom(SEED + i));

const FILES: Readonly<Record<string, string>> = {
  "/opt/one.env": `# A=no\n; A=no\nA="--a=1 --b"\nB='--c="2 3"'\n C = --d \nbroken\n`,
  "/opt/two.env": `A=--x \\\n  --y\n`,
  [PROGRAM]: `#!/bin/sh\nfor word; do printf '%s\\0' "$word"; done >"/opt/said-$UNIT"\n`,
};

function unitOf(name: string): NonNullable<FileToChange["unit"]> {
  const text = `[Service]\nType=oneshot\nEnvironment=UNIT=${name}\n${SERVICES[name]}\n`;
  return {
    path: `/etc/systemd/system/${name}.service`,
    text,
    dropIns: new Map(),
    environment: new Map(environmentFilesOf([text]).flatMap((path) => path in FILES ? [[path, FILES[path]!]] : [])),
  };
}

testNeeding(
  ["machine"],
  "systemd starts a unit with the words that we read, and a planned drop-in with the flag more",
  async () => {
    const names = Object.keys(SERVICES).filter((name) => commandOf(unitOf(name)) !== undefined);
    assert.ok(names.length > MADE_UP / 3, `${names.length} are read`);
    await using machine = await startMachine();
    const write = async (path: string, text: string) => {
      const { code, output } = await machine.feed(
        text,
        "sh",
        "-c",
        'mkdir -p "${0%/*}"; cat >"$0"; chmod 755 "$0"',
        path,
      );
      assert.equal(code, 0, output);
    };
    const started = async () => {
      const all = names.map((name) => `${name}.service`).join(" ");
      const said = await machine.sh(
        `systemctl daemon-reload; systemctl start ${all} >&2 || true
       for name in ${names.join(" ")}; do echo "$name $(base64 -w 0 "/opt/said-$name")"; done`,
      );
      return new Map(
        said.trim().split("\n").map((line) => {
          const [name, base64] = line.split(" ");
          return [
            name!,
            new TextDecoder().decode(Uint8Array.fromBase64(base64 ?? "")).split("\0").slice(0, -1),
          ] as const;
        }),
      );
    };
    for (const [path, text] of Object.entries(FILES)) await write(path, text);
    for (const name of names) await write(unitOf(name).path, unitOf(name).text);
    const before = await started();
    for (const name of names) {
      assert.deepEqual(commandOf(unitOf(name))!.slice(1), before.get(name), SERVICES[name]!);
    }
    for (const name of names) {
      const path = `/etc/systemd/system/${name}.service.d/ram-auth.conf`;
      const file: FileToChange = { kind: "systemd", path, before: undefined, unit: unitOf(name) };
      await write(path, planChange(file, { kubeconfig: KUBECONFIG, replace: false }).after);
    }
    const after = await started();
    for (const name of names) {
      assert.deepEqual(
        after.get(name),
        [...before.get(name)!, `--authentication-token-webhook-config-file=${KUBECONFIG}`],
        name,
      );
    }
  },
);

testNeeding(
  ["machine"],
  "the folders of drop-ins are those of the real systemd, in the order in which they count",
  async () => {
    await using machine = await startMachine();
    for (const name of ["kube-api-server.service", "kube-apiserver@1.service"]) {
      const unit = `/etc/systemd/system/${name}`;
      const folders = dropInFolders(unit);
      await machine.sh(`printf '[Service]\\nExecStart=/bin/true\\n' >'${unit}'`);
      for (const [at, folder] of folders.entries()) {
        await machine.sh(
          `mkdir -p ${folder}; printf '[Service]\\nEnvironment=A=1\\n' | tee ${folder}/same.conf >${folder}/${at}.conf`,
        );
      }
      const said = await machine.sh(`for folder in ${folders.join(" ")}; do
      systemctl daemon-reload
      test -e $folder/same.conf || continue
      echo $(readlink -f $folder/same.conf) $(readlink -f $(systemctl show -P DropInPaths ${name}))
      rm $folder/same.conf
    done`);
      const rounds = said.trim().split("\n").map((line) => line.split(" "));
      assert.ok(rounds.length > folders.length / 2, said);
      for (const [wanted, ...seen] of rounds) {
        const names = seen.map((path) => path.slice(path.lastIndexOf("/") + 1));
        assert.deepEqual(names.sort(), [...folders.keys()].map((at) => `${at}.conf`).concat("same.conf").sort());
        assert.ok(seen.includes(wanted!), `${wanted} of ${seen}`);
      }
    }
  },
);
