/**
 * `deno task test`: every test and every example in a docstring, with the permissions they need and no more. What was
 * skipped is said at the end, and the last line is plain: `8 passed, 0 failed, 1 skipped`. A run of all tests shows which
 * attacks they tried, and fails if there is one that they did not. What the program wrote meanwhile is searched for tokens,
 * signatures, keys and scrubbed ids (`search_outputs.ts`).
 *
 * Arguments go to `deno test`: `deno task test --filter token`, `deno task test tests/state`. A run of all tests checks
 * the types beside them, because the check has one thread and would keep them waiting.
 *
 * @module
 */

import { type Output, realWorld } from "../lib/world.ts";
import { ATTACKS } from "../tests/attacks/ids.ts";
import { LONGEST_FIRST } from "./longest_tests.ts";
import { searchOutputs } from "./search_outputs.ts";
import { attackRows, formatAttackTable, missingAttacks } from "./attack_table.ts";
import { closingLine, readCounts, readTestCases, skippedNames, type TestCase } from "./test_report.ts";

/**
 * Files, because tests write real ones into temporary folders. Subprocesses: Deno itself, kubectl, openssl, etcd and
 * kube-apiserver, whose paths differ by machine. The network as far as 127.0.0.0/8: no test leaves the machine, and no
 * list of what is allowed can name the Unix sockets that a server makes. The AWS SDK asks for the system's release, and
 * Alibaba Cloud's, which tests compare ours with, for the host's name.
 */
const TEST_PERMISSIONS = [
  "--no-prompt",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-net",
  `--deny-net=${
    [
      "0.0.0.0/2",
      "64.0.0.0/3",
      "96.0.0.0/4",
      "112.0.0.0/5",
      "120.0.0.0/6",
      "124.0.0.0/7",
      "126.0.0.0/8",
      "128.0.0.0/1",
    ].join()
  }`,
  "--allow-sys=hostname,osRelease,uid",
];

/** Where tests stand, and where docstrings hold examples; in front the files that take longest, so that none is left over. */
const ROOTS = [...LONGEST_FIRST.filter(exists), "tests", "lib"];

/** Files at a time, for each core: many tests wait for processes and clocks. */
const JOBS_PER_CORE = 3;

/** Keeps what commands write; see `tests/support/outputs/keep_output.ts`. */
const PRELOADED = new URL("../tests/support/outputs/keep_errors.ts", import.meta.url).href;

const { stdout, stderr } = realWorld();
const folder = await Deno.makeTempDir({ prefix: "test-run-" });
try {
  Deno.exitCode = await run(Deno.args, folder);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function run(args: readonly string[], folder: string): Promise<number> {
  const isWholeRun = args.length === 0;
  const roots = args.some(exists) ? [] : ROOTS;
  const [junitPath, portTickets, temporary] = [`${folder}/junit.xml`, `${folder}/port-tickets`, `${folder}/tmp`];
  const outputs = `${folder}/outputs`;
  await Deno.mkdir(outputs);
  // Where a module has a type error, deno test writes none.
  await Deno.writeTextFile(junitPath, "");
  await Deno.mkdir(temporary);
  // As /tmp is: tests look at what other users may do there.
  await Deno.chmod(folder, 0o755);
  await Deno.chmod(temporary, 0o1777);
  // Runs side by side on one machine begin far from each other.
  await Deno.writeTextFile(portTickets, String(Math.floor(Math.random() * 1e6)));
  const check = isWholeRun ? ["--no-check"] : [];
  const checked = isWholeRun ? checkTypes() : Promise.resolve(true);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--parallel",
      "--doc",
      `--junit-path=${junitPath}`,
      `--preload=${PRELOADED}`,
      ...check,
      ...TEST_PERMISSIONS,
      ...args,
      ...roots,
    ],
    env: {
      DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(JOBS_PER_CORE * navigator.hardwareConcurrency),
      // Otherwise a Deno that a test starts looks for a newer one, by whatever proxy the test has.
      DENO_NO_UPDATE_CHECK: "1",
      RAM_AUTH_TEST_OUTPUTS: outputs,
      RAM_AUTH_TEST_PORT_TICKETS: portTickets,
      TMPDIR: temporary,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [printed, errors] = await Promise.all([passOn(child.stdout, stdout), passOn(child.stderr, stderr)]);
  const { code } = await child.status;

  await Deno.writeTextFile(`${outputs}/printed`, printed + errors);
  const { bytes, leaks } = await searchOutputs(outputs);
  for (const { what, context } of leaks) stdout.write(`An output of the tests holds ${what}: …${context}…\n`);
  if (isWholeRun && leaks.length === 0) {
    stdout.write(
      `${(bytes / 1e6).toFixed(1)} MB of outputs searched: no token, signature, key or scrubbed id in them\n`,
    );
  }

  const cases = readTestCases(await Deno.readTextFile(junitPath));
  const skipped = skippedNames(cases);
  if (skipped.length > 0) stdout.write(`Skipped:\n${skipped.map((name) => `  ${name}\n`).join("")}\n`);
  const counts = readCounts(printed);
  const triesAll = !isWholeRun || counts === undefined || showAttacks(cases);
  if (counts === undefined) stdout.write(`The tests did not run to their end: deno test left with code ${code}\n`);
  const left = [...Deno.readDirSync(temporary)].map(({ name }) => name);
  if (left.length > 0) stdout.write(`Tests left temporary files behind: ${left.join(", ")}\n`);
  if (counts?.passed === 0) stdout.write("No test passed, so nothing is shown to work\n");
  const isChecked = await checked;
  if (!isChecked) stdout.write("The types do not fit; see the errors of deno check\n");
  const { passed, failed, skipped: ignored } = counts ?? { passed: 0, failed: 1, skipped: 0 };
  stdout.write(`${closingLine({ passed, failed: failed + (isChecked ? 0 : 1), skipped: ignored })}\n`);
  return code === 0 && counts !== undefined && passed > 0 && isChecked && triesAll && left.length === 0 &&
      leaks.length === 0
    ? 0
    : 1;
}

/** Whether the types of all modules fit; errors go to where those of tests go. */
async function checkTypes(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["check", "--quiet"], stdin: "null" }).spawn()
    .status;
  return success;
}

/** Shows which attacks were tried; returns whether all were. */
function showAttacks(cases: readonly TestCase[]): boolean {
  const rows = attackRows(ATTACKS, cases);
  const missing = missingAttacks(rows);
  stdout.write(`${formatAttackTable(rows)}\n${missing.map((line) => `${line}\n`).join("")}`);
  return missing.length === 0;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Shows a stream as it comes, and returns the whole of it. */
async function passOn(stream: ReadableStream<Uint8Array<ArrayBuffer>>, output: Output): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    output.write(chunk);
    text += chunk;
  }
  return text;
}
