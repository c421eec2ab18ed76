/**
 * buildah, with storage and settings of its own: what is configured on the machine changes nothing, and nothing remains.
 *
 * @module
 */

/** Signatures are asked for when images come from elsewhere; none does. */
const POLICY = { default: [{ type: "insecureAcceptAnything" }] };

/** Variables that it may see: how programs are found, and whose files are whose in a user's own namespace. */
const ENVIRONMENT = ["PATH", "HOME", "USER", "XDG_RUNTIME_DIR"] as const;

/** What to build. */
export interface Build {
  readonly containerfile: string;
  readonly context: string;
  /** Folders that stand in for stages, by the names of these. */
  readonly stages: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** The time of the image and of every file in it. */
  readonly date: Date;
  /** Where the image goes: a folder that is not there yet, in the form of an OCI image layout. */
  readonly layout: string;
  readonly name: string;
}

/**
 * Builds an image.
 *
 * @param folder one to work in, empty; its path is absolute
 * @throws {Error} that says what to do
 */
export async function buildImage(folder: string, build: Build): Promise<void> {
  const policy = `${folder}/policy.json`;
  await Deno.writeTextFile(policy, JSON.stringify(POLICY));
  const id = `${folder}/image-id`;
  await buildah(folder, [
    "bud",
    "--quiet",
    "--format=oci",
    "--omit-history",
    "--identity-label=false",
    `--timestamp=${Math.floor(build.date.getTime() / 1_000)}`,
    `--signature-policy=${policy}`,
    ...Object.entries(build.stages).map(([name, path]) => `--build-context=${name}=${path}`),
    ...Object.entries(build.labels).map(([name, value]) => `--label=${name}=${value}`),
    `--file=${build.containerfile}`,
    `--iidfile=${id}`,
    build.context,
  ]);
  await buildah(folder, [
    "push",
    "--quiet",
    `--signature-policy=${policy}`,
    (await Deno.readTextFile(id)).trim(),
    `oci:${build.layout}:${build.name}`,
  ]);
}

/** @throws {Error} that says what to install, if there is none */
export async function demandBuildah(): Promise<void> {
  await outputOf({ args: ["--version"] });
}

async function buildah(folder: string, args: readonly string[]): Promise<void> {
  const storage = [`--root=${folder}/storage`, `--runroot=${folder}/run`, "--storage-driver=vfs"];
  const kept = ENVIRONMENT.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const { success, stderr } = await outputOf({
    args: [...storage, ...args],
    clearEnv: true,
    env: {
      ...Object.fromEntries(kept),
      TMPDIR: folder,
      CONTAINERS_CONF: "/dev/null",
      CONTAINERS_STORAGE_CONF: "/dev/null",
    },
  });
  if (!success) throw new Error(`buildah ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
}

async function outputOf(options: Deno.CommandOptions): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("buildah", { ...options, stdin: "null", stdout: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("buildah is not on the PATH; install version 1.28 or newer (on Debian: apt-get install buildah)");
  }
}
