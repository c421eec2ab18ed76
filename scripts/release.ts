/**
 * `deno task release`: the files of a release in `dist/`, from a clean tree whose tests pass. It publishes nothing.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { compile, suffixOf } from "./compile/compile.ts";
import { changesOfTree, DIRTY } from "./compile/commit.ts";
import { type Target, targetNamed, TARGETS } from "./compile/runtime.ts";
import { checksumLine } from "./release/checksums.ts";
import { manPages } from "./release/man_pages.ts";
import { writeNotices } from "./release/notices.ts";
import { agreedVersion } from "./release/version.ts";
import { runTask } from "./run_task.ts";
import { packagesOfProject, sbomOfProject } from "./sbom.ts";

const HELP = `Usage: deno task release [--target TARGET]... [--dry-run]

Makes the files of a release in dist/: a binary for each target, a bill of materials (CycloneDX), the licences of the
packages in it, man pages, and SHA256SUMS.
It refuses a tree with changes that are not committed, versions that do not agree, and a failing "deno task ok".

  --target TARGET  only this one; may be repeated. Without it, all:
                     ${TARGETS.join("\n                     ")}
  --dry-run        check tree and versions, say what would be done, and do nothing

DENORT_BIN names a runtime (denort of this Deno's version) for the target that it is for. Deno downloads the others.

  deno task release --dry-run
  deno task release --target x86_64-unknown-linux-gnu
`;

/** Where everything goes. */
const FOLDER = "dist";

/** Most changed files that a refusal lists. */
const LISTED = 10;

interface ReleaseOptions {
  readonly targets: readonly Target[];
  readonly dryRun: boolean;
  readonly help: boolean;
}

const { stdout } = realWorld();

await runTask({ name: "release", help: HELP, attempt: "Cannot release: ", readArguments, run });

async function run(options: ReleaseOptions): Promise<number> {
  await refuseChanges();
  const version = await agreedVersion();
  const name = `${FOLDER}/ram-auth-${version}`;
  const binaries = options.targets.map((target) => ({ target, output: `${name}-${target}${suffixOf(target)}` }));
  const [sbom, notices, sums] = [`${name}.cdx.json`, `${name}-licenses.txt`, `${FOLDER}/SHA256SUMS`];
  const pages = [...manPages(version)].map(([file, text]) => ({ path: `${FOLDER}/${file}`, text }));
  const files = [...binaries.map(({ output }) => output), sbom, notices, ...pages.map(({ path }) => path)];
  if (options.dryRun) {
    stdout.write(`The tree is clean, and everything says ${version}. A release runs deno task ok and writes:\n`);
    stdout.write([...files, sums].map((file) => `  ${file}\n`).join(""));
    return 0;
  }
  await refuseFailure();
  for (const binary of binaries) {
    stdout.write(`compiling ${binary.output}\n`);
    const { commit } = await compile(binary);
    if (commit.endsWith(DIRTY)) throw new Error("files changed while it ran; commit or undo that and start again");
  }
  const project = await packagesOfProject();
  const { packages, cache } = project;
  await Deno.writeTextFile(sbom, await sbomOfProject(project));
  await Deno.writeTextFile(notices, await writeNotices(packages, cache));
  for (const { path, text } of pages) await Deno.writeTextFile(path, text);
  await Deno.writeTextFile(sums, (await Promise.all(files.map(checksumLine))).join(""));
  stdout.write(`${[...files, sums].join("\n")}\nNext: git tag -s v${version}, and publish these files with it\n`);
  return 0;
}

async function refuseChanges(): Promise<void> {
  const changes = await changesOfTree();
  if (changes === undefined) throw new Error("this is no git repository, so no commit could be named; use a clone");
  if (changes.length === 0) return;
  const more = changes.length > LISTED ? ` and ${changes.length - LISTED} more` : "";
  throw new Error(
    `the tree has changes that are not committed: ${changes.slice(0, LISTED).join(", ")}${more}; commit or stash them`,
  );
}

async function refuseFailure(): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "ok"],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("deno task ok failed, see above; make it pass first");
}

function readArguments(): ReleaseOptions {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      target: { type: "string", multiple: true, default: [...TARGETS] },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const targets = values.target.map((name) => {
    const target = targetNamed(name);
    if (target === undefined) throw new Error(`"${name}" is no target; use one of ${TARGETS.join(", ")}`);
    return target;
  });
  return { targets, dryRun: values["dry-run"], help: values.help };
}
