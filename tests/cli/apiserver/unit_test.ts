import assert from "node:assert/strict";
import { type FileToChange, ShapeError, type UnitTexts } from "../../../lib/cli/apiserver/change.ts";
import { byHand, environmentFilesOf, listenerIn, planChange } from "../../../lib/cli/apiserver/plan.ts";
import { commandOf, settingOf, settingsOf, wordsOf } from "../../../lib/cli/apiserver/unit.ts";
import { UNIT_DROP_IN } from "../../../lib/cli/apiserver/unit_drop_in.ts";
import { DAMAGED_UNITS, OTHER, UNIT, UNITS, UNREADABLE_UNITS } from "../../support/control_plane_node/cases.ts";

const PATH = "/etc/systemd/system/kube-apiserver.service";
const DROP_IN = `${PATH}.d/ram-auth.conf`;
const KUBECONFIG = "/etc/kubernetes/ram-auth/kubeconfig.yaml";
const FLAG = `--authentication-token-webhook-config-file=${KUBECONFIG}`;
const WEBHOOK = { kubeconfig: KUBECONFIG, replace: false };

interface Beside {
  readonly before?: string | undefined;
  readonly dropIns?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

function unit(text: string, { dropIns = {}, environment = {} }: Beside = {}): UnitTexts {
  return { path: PATH, text, dropIns: mapOf(dropIns), environment: mapOf(environment) };
}

function mapOf(texts: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(texts));
}

function file(text: string, beside: Beside = {}): FileToChange {
  return { kind: "systemd", path: DROP_IN, before: beside.before, unit: unit(text, beside) };
}

function refused(of: FileToChange, reason: string, why: RegExp): void {
  assert.throws(() => planChange(of, WEBHOOK), (error) => {
    assert.ok(error instanceof ShapeError, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, why);
    return true;
  });
}

for (const [what, text] of UNITS) {
  Deno.test(`a unit whose ExecStart has ${what} gets a drop-in that repeats it with the flag`, () => {
    const plan = planChange(file(text), WEBHOOK);
    const [reset, start, ...rest] = settingsOf(plan.after);
    assert.deepEqual([reset, rest], [["ExecStart", ""], []]);
    const old = settingsOf(text).find(([key]) => key === "ExecStart")![1];
    assert.deepEqual(wordsOf(start![1]), [...wordsOf(old)!, FLAG]);
    assert.equal(planChange(file(text, { before: plan.after }), WEBHOOK).isConfigured, true);
    // A change of the unit is taken over.
    const changed = text.replace("kube-apiserver ", "kube-apiserver --profiling=false ");
    assert.ok(planChange(file(changed, { before: plan.after }), WEBHOOK).after.includes("--profiling=false"));
  });
}

for (const [what, text] of [...DAMAGED_UNITS, ...UNREADABLE_UNITS]) {
  Deno.test(`a unit with ${what} is refused`, () => {
    if (UNREADABLE_UNITS.some(([name]) => name === what)) assert.throws(() => listenerIn(file(text)), ShapeError);
    refused(file(text), "form", new RegExp(`ExecStart=\\(the ExecStart of ${PATH}\\) ${FLAG}\\n$`));
  });
}

Deno.test("a drop-in of another hand is never overwritten, one of the script's is taken for ours", () => {
  const { after } = planChange(file(UNIT), WEBHOOK);
  for (const before of ["", "[Service]\nLimitNOFILE=1\n", `${after}Restart=no\n`, after.replace("ExecStart=\n", "")]) {
    refused(file(UNIT, { before }), "form", /something else/);
  }
  const byScript = after.replace(/^# .*/, `# Made by configure-apiserver of ram-auth from ${PATH}.`);
  const plan = planChange(file(UNIT, { before: byScript }), WEBHOOK);
  assert.deepEqual([plan.isConfigured, plan.after], [true, byScript]);
});

Deno.test("another drop-in that sets ExecStart is named", () => {
  const dropIns = { [`${PATH}.d/site.conf`]: "[Service]\n ExecStart = /bin/kube-apiserver\n" };
  refused(file(UNIT, { dropIns }), "other_file", /site\.conf" sets ExecStart=, too/);
  assert.equal(planChange(file(UNIT, { dropIns: { [DROP_IN]: "ExecStart=\n" } }), WEBHOOK).isConfigured, false);
});

const ENVIRONMENT = "/etc/apiserver.env";

for (
  const [what, text, environment] of [
    ["its command", UNIT.replace("--v=2", `--v=2 --${OTHER}`), ""],
    ["two lines of its command", UNIT.replace("--v=2", `--v=2 --${OTHER.replace("=", " \\\n  ")}`), ""],
    ["two words of its command", UNIT.replace("--v=2", `--v=2 --${OTHER.replace("=", " ")}`), ""],
    ["escapes of its command", UNIT.replace("--v=2", `--v=2 --${OTHER.replace("token", "\\x74oken")}`), ""],
    ["a variable", UNIT.replace("ExecStart", `Environment="A=--${OTHER}"\nExecStart`).replace("--v=2", "$A"), ""],
    ["a variable that it does not use", UNIT, `A="--v=2 --${OTHER}"\n`],
    ["a variable of a file", UNIT.replace("--v=2", "$A"), `A="--v=2 --${OTHER}"\n`],
    ["a part of a variable", UNIT.replace("--v=2", "--authentication-token-webhook-config-file=${A}"), "A=/x\n"],
  ] as const
) {
  Deno.test(`a webhook in ${what} is refused, and replaced where that is wanted`, () => {
    const of = file(text.replace("ExecStart", `EnvironmentFile=-${ENVIRONMENT}\nExecStart`), {
      environment: { [ENVIRONMENT]: environment },
    });
    refused(of, "other_webhook", /"\/etc\/[^"]*" has another webhook now, --auth[^=]*=[^,]+, .*--replace/);
    const { after } = planChange(of, { ...WEBHOOK, replace: true });
    assert.equal(wordsOf(settingsOf(after).at(-1)![1])!.at(-1), FLAG, "of two flags the last one counts");
    assert.equal(planChange({ ...of, before: after }, WEBHOOK).isConfigured, true);
  });
}

Deno.test("the flag is found where the unit or its variables have it, and only if the command uses them", () => {
  const withFile = UNIT.replace("ExecStart", `EnvironmentFile=${ENVIRONMENT}\nExecStart`);
  const environment = { [ENVIRONMENT]: `# A=\nA="--v=2 ${FLAG}"\n` };
  for (
    const [of, flagIn] of [
      [file(UNIT.replace("--v=2", FLAG)), PATH],
      [file(UNIT.replace("--v=2", FLAG.replace("=", " "))), PATH],
      [file(withFile.replace("--v=2", "$A"), { environment }), ENVIRONMENT],
      [file(UNIT.replace("--v=2", "$A"), { dropIns: { "/x.conf": `[Service]\nEnvironment='A=${FLAG}'` } }), "/x.conf"],
      [file(UNIT.replace("--v=2", `--${OTHER} \\\n  ${FLAG}`)), PATH],
    ] as const
  ) {
    const plan = planChange(of, WEBHOOK);
    assert.deepEqual([plan.isConfigured, plan.flagIn], [true, flagIn]);
  }
  assert.equal(planChange(file(withFile, { environment }), WEBHOOK).isConfigured, false);
  assert.equal(planChange(file(UNIT.replace("a remark", `--${OTHER}`)), WEBHOOK).isConfigured, false);
  const unsure = planChange(file(UNIT.replace("--v=2", `--v \\\n  ${FLAG}`)), WEBHOOK);
  assert.equal(unsure.isConfigured, false, "it may be the value of --v");
  refused(file(UNIT.replace("--v=2", `${FLAG} \\\n  --${OTHER}`)), "other_webhook", /other/);
});

Deno.test("another kubeconfig than that of our drop-in needs to be wanted", () => {
  const { after } = planChange(file(UNIT), { kubeconfig: "/etc/kubernetes/old/kubeconfig.yaml", replace: false });
  const of = file(UNIT, { before: after });
  refused(of, "other_webhook", /old\/kubeconfig/);
  assert.ok(planChange(of, { ...WEBHOOK, replace: true }).after.includes(`  ${FLAG}\n`));
});

Deno.test("where kube-apiserver listens comes from the command with its variables", () => {
  const text = UNIT.replace("--v=2", "--bind-address $ADDRESS").replace(
    "ExecStart",
    "Environment=ADDRESS=::1\nExecStart",
  );
  assert.deepEqual(listenerIn(file(text)), { address: "::1", port: 6443 });
  const before = planChange(file(text), WEBHOOK).after.replace("6443", "443");
  assert.equal(listenerIn(file(text, { before })).port, 443);
});

Deno.test("a unit's text is read as systemd reads it", () => {
  const text = "[Service]\n; a remark\nA = 1\nB=x \\\n# between\n  ; again\n  y\nC=a\\\\\nD=\nA=2\n";
  assert.deepEqual(settingsOf(text), [["A", "1"], ["B", "x    y"], ["C", "a\\\\"], ["D", ""], ["A", "2"]]);
  assert.deepEqual(settingsOf("A=1 \\"), [["A", "1"]]);
  const of = unit(text, { dropIns: { "/a.conf": "[Service]\nA=\nE=5\r\n" } });
  assert.deepEqual(["A", "E", "D", "F"].map((key) => settingOf(of, key)), [undefined, "5", undefined, undefined]);
});

Deno.test("words are parted as systemd parts them", () => {
  for (
    const [text, words] of [
      ["", []],
      ["  a  b\tc ", ["a", "b", "c"]],
      [`"a b" 'c d' e"f g"h ''`, ["a b", "c d", "ef gh", ""]],
      [`a\\sb "c\\"d" 'e"f' \\'`, ["a b", 'c"d', 'e"f', "'"]],
      [String.raw`\x2d\055\u002d\U0000002d\n`, ["----\n"]],
      [String.raw`a\-b`, undefined],
      [String.raw`a\000`, undefined],
      [String.raw`\Uffffffff`, undefined],
      [`"a`, undefined],
      [`'a" b`, undefined],
    ] as const
  ) assert.deepEqual(wordsOf(text), words, text);
});

Deno.test("variables of a command are filled in, and unknown ones are nothing", () => {
  const text = '[Service]\nEnvironment="A=1 2" B=3\nEnvironment=A=4\nExecStart=/x $A ${A} y${B}z$B $NONE ${NONE}\n';
  assert.deepEqual(commandOf(unit(text)), ["/x", "4", "4", "y3z$B", ""]);
  const files = `${text}EnvironmentFile=/a\nEnvironmentFile=-/b\n`;
  const environment = { "/a": "A='5 6'\n;B=0\n", "/b": "C=\nbroken\nB=7 \\\n  8\n", "/c": "A=0" };
  assert.deepEqual(commandOf(unit(files, { environment })), ["/x", "5", "6", "5 6", "y7    8z$B", ""]);
});

Deno.test("the files of variables are those that no later line takes back", () => {
  const texts = [
    "EnvironmentFile=/a\nEnvironmentFile=\nEnvironmentFile=-/b\n",
    "EnvironmentFile=/c\nEnvironmentFile=/d*\n",
  ];
  assert.deepEqual(environmentFilesOf(texts), ["/b", "/c"]);
});

Deno.test("a drop-in without its unit is the caller's mistake", () => {
  assert.throws(() => UNIT_DROP_IN.flags({ kind: "systemd", path: DROP_IN, before: "" }), TypeError);
  assert.equal(byHand({ kind: "systemd" }, KUBECONFIG), `[Service]\nExecStart=\nExecStart=(the ExecStart) ${FLAG}\n`);
});
