/**
 * `deno task release`: the files of a release in `dist/`, from a clean tree whose tests pass. It publishes nothing.
 *
 * @module
 */

import { basename } from "node:path";
import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { compile, suffixOf } from "./compile/compile.ts";
import { changesOfTree, dateOfCommit, DIRTY } from "./compile/commit.ts";
import { type Target, targetNamed, TARGETS } from "./compile/runtime.ts";
import { factsOf } from "./image/binary_facts.ts";
import { demandBuildah } from "./image/buildah.ts";
import { archiveName, makeImage } from "./image/make_image.ts";
import { type Archive, artefactAt, PLATFORMS } from "./release/artefacts.ts";
import { writeArchive } from "./release/archive.ts";
import { debName, writeDeb } from "./release/deb.ts";
import { homebrewFormula } from "./release/homebrew.ts";
import { ingredientOf, ingredientsOf } from "./release/ingredients.ts";
import { krewManifest } from "./release/krew.ts";
import { manPages } from "./release/man_pages.ts";
import { writeNotices } from "./release/notices.ts";
import { LOCAL_BUILDER } from "./release/provenance.ts";
import { homepageOf, parseBaseUrl } from "./release/publication.ts";
import { demandRpmbuild, rpmName, writeRpm } from "./release/rpm.ts";
import { seal, sealNames } from "./release/seal.ts";
import { readSigningKey } from "./release/signing_key.ts";
import { agreedVersion } from "./release/version.ts";
import { runTask } from "./run_task.ts";
import { packagesOfProject, sbomOfProject } from "./sbom.ts";

const HELP = `Usage: deno task release [--target TARGET]... [--image] [--rpm] [--signing-key FILE]
                         [--base-url URL] [--dry-run]

Makes the files of a release in dist/: a binary for each target, alone and in an archive, and for Linux in a package
(deb); a bill of materials (CycloneDX), the licences of what is in it, man pages, and SHA256SUMS. With a key also
SHA256SUMS.sig, provenance (SLSA, in ram-auth.intoto.jsonl) and the public key; with a base URL also ram-auth.yaml (krew)
and ram-auth.rb (Homebrew). It publishes nothing.
It refuses a tree with changes that are not committed, versions that do not agree, and a failing "deno task ok".

  --target TARGET     only this one; may be repeated. Without it, all:
                        ${TARGETS.join("\n                        ")}
  --rpm               also a package for Fedora and RHEL; needs rpmbuild
  --image             also the container image for this machine's architecture; see deno task image --help
  --signing-key FILE  an Ed25519 key of OpenSSH without a passphrase, mode 0600. Without it, nothing is signed
  --builder-id URI    who made it, for the provenance [default: ${LOCAL_BUILDER}]
  --base-url URL      folder from which the files will be downloaded
  --dry-run           check tree, versions and key, say what would be done, and do nothing

DENORT_BIN names a runtime (denort of this Deno's version) for the target that it is for. Deno downloads the others.

  deno task release --dry-run
  deno task release --target x86_64-unknown-linux-gnu
  deno task release --image --signing-key /run/user/1000/release-key --base-url https://example.com/ram-auth/v1.2.3
`;

/** Where everything goes. */
const FOLDER = "dist";

/** Most changed files that a refusal lists. */
const LISTED = 10;

interface ReleaseOptions {
  readonly targets: readonly Target[];
  readonly image: boolean;
  readonly rpm: boolean;
  readonly signingKey: string | undefined;
  readonly builder: string;
  readonly baseUrl: string | undefined;
  readonly dryRun: boolean;
  readonly help: boolean;
}

const { stdout } = realWorld();

await runTask({ name: "release", help: HELP, attempt: "Cannot release: ", readArguments, run });

async function run(options: ReleaseOptions): Promise<number> {
  await refuseChanges();
  const version = await agreedVersion();
  const { targets, builder, baseUrl } = options;
  const key = options.signingKey === undefined ? undefined : await readSigningKey(options.signingKey);
  const name = `${FOLDER}/ram-auth-${version}`;
  const binaries = targets.map((target) => {
    const output = `${name}-${target}${suffixOf(target)}`;
    return { target, output, archive: `${name}-${target}.tar.gz` };
  });
  const imageOf = options.image ? binaryForImage(binaries) : undefined;
  const image = imageOf && `${FOLDER}/${archiveName(version, PLATFORMS[imageOf.target].arch)}`;
  const systemPackages = binaries.filter(({ target }) => PLATFORMS[target].os === "linux").flatMap(
    ({ target, output }) => {
      const { arch } = PLATFORMS[target];
      const deb = { arch, program: output, file: `${FOLDER}/${debName(version, arch)}`, write: writeDeb };
      return options.rpm ? [deb, { ...deb, file: `${FOLDER}/${rpmName(version, arch)}`, write: writeRpm }] : [deb];
    },
  );
  const [sbom, notices] = [`${name}.cdx.json`, `${name}-licenses.txt`];
  const pages = [...manPages(version)].map(([file, text]) => ({ path: `${FOLDER}/${file}`, text }));
  const [plugin, formula] = [`${FOLDER}/ram-auth.yaml`, `${FOLDER}/ram-auth.rb`];
  const isForHomebrew = targets.some((target) => PLATFORMS[target].os !== "windows");
  const files = [
    ...binaries.flatMap(({ output, archive }) => [output, archive]),
    ...(image === undefined ? [] : [image]),
    ...systemPackages.map(({ file }) => file),
    ...[sbom, notices, ...pages.map(({ path }) => path)],
    ...(baseUrl === undefined ? [] : [plugin, ...(isForHomebrew ? [formula] : [])]),
  ];
  const all = [...files, ...sealNames(key !== undefined).map((file) => `${FOLDER}/${file}`)];
  const isSigned = key === undefined ? "not signed: no --signing-key" : `signed by ${key.fingerprint}`;
  if (options.dryRun) {
    stdout.write(`The tree is clean, and everything says ${version}. A release runs deno task ok and writes:\n`);
    stdout.write(`${all.map((file) => `  ${file}\n`).join("")}It is ${isSigned}\n`);
    return 0;
  }
  if (image !== undefined) await demandBuildah();
  if (options.rpm) await demandRpmbuild();
  await refuseFailure();
  const commits = new Set<string>();
  for (const binary of binaries) {
    stdout.write(`compiling ${binary.output}\n`);
    commits.add((await compile(binary)).commit);
  }
  const [commit, ...others] = commits;
  if (commit === undefined || commit.endsWith(DIRTY) || others.length > 0) {
    throw new Error("files changed while it ran; commit or undo that and start again");
  }
  const project = await packagesOfProject();
  const { packages, cache } = project;
  await Deno.writeTextFile(sbom, await sbomOfProject(project));
  await Deno.writeTextFile(notices, await writeNotices(packages, cache));
  for (const { path, text } of pages) await Deno.writeTextFile(path, text);
  const archives: Archive[] = [];
  for (const { target, output, archive } of binaries) {
    await writeArchive(archive, [
      { name: `ram-auth${suffixOf(target)}`, path: output, isProgram: true },
      ...["LICENSE", notices, ...pages.map(({ path }) => path)].map((path) => ({ name: basename(path), path })),
    ]);
    archives.push({ target, ...await artefactAt(archive) });
  }
  const changedAt = Math.floor((await dateOfCommit())!.getTime() / 1_000);
  const changelog = await Deno.readTextFile("CHANGELOG.md");
  for (const { arch, program, file, write } of systemPackages) {
    await write(file, { version, program, notices, changelog, changedAt }, arch);
  }
  if (baseUrl !== undefined) {
    await Deno.writeTextFile(plugin, krewManifest(archives, { version, baseUrl }));
    if (isForHomebrew) await Deno.writeTextFile(formula, homebrewFormula(archives, { version, baseUrl }));
  }
  const made = imageOf && await makeImage(await factsOf(imageOf.output), image, {
    source: baseUrl && homepageOf(baseUrl),
    progress: (line) => stdout.write(`${line}\n`),
  });
  await seal(await Promise.all(files.map(artefactAt)), {
    folder: FOLDER,
    build: {
      builder,
      parameters: {
        targets,
        ...(made && { image: true }),
        ...(options.rpm && { rpm: true }),
        ...(baseUrl !== undefined && { baseUrl }),
      },
      ingredients: [...await ingredientsOf(commit, targets), ...made?.packages.map(ingredientOf) ?? []],
      ...(made && { images: [{ name: `ram-auth:${version}`, sha256: made.digest.replace("sha256:", "") }] }),
    },
    key,
  });
  stdout.write(`${all.join("\n")}\nThe release is ${isSigned}\n`);
  stdout.write(`Next: git tag -s v${version}, and publish these files with it\n`);
  return 0;
}

/** The binary that an image made here can hold. */
function binaryForImage<T extends { readonly target: Target }>(binaries: readonly T[]): T {
  const binary = binaries.find(({ target }) => target === Deno.build.target && PLATFORMS[target].os === "linux");
  if (binary !== undefined) return binary;
  throw new Error(`--image makes an image for Linux of the binary for ${Deno.build.target}; add it as a --target`);
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
      image: { type: "boolean", default: false },
      rpm: { type: "boolean", default: false },
      "signing-key": { type: "string" },
      "builder-id": { type: "string", default: LOCAL_BUILDER },
      "base-url": { type: "string" },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const targets = values.target.map((name) => {
    const target = targetNamed(name);
    if (target === undefined) throw new Error(`"${name}" is no target; use one of ${TARGETS.join(", ")}`);
    return target;
  });
  const builder = values["builder-id"];
  if (!URL.canParse(builder)) throw new Error(`"${builder}" is not a URI; name the builder by one`);
  const baseUrl = values["base-url"] === undefined ? undefined : parseBaseUrl(values["base-url"]);
  return {
    targets,
    image: values.image,
    rpm: values.rpm,
    signingKey: values["signing-key"],
    builder,
    baseUrl,
    dryRun: values["dry-run"],
    help: values.help,
  };
}
