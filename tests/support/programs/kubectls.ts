/**
 * Every kubectl of this machine: the one on the `PATH`, and those of other versions beside it, `kubectl.1.27` and so on.
 *
 * @module
 */

/** A kubectl. */
export interface Kubectl {
  /** The name of its file. */
  readonly name: string;
  /** Runs it with nothing on its standard input. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<KubectlRan>;
}

/** What it said. */
export interface KubectlRan {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Finds them, the oldest first; none where there is no kubectl. */
export function findKubectls(): readonly Kubectl[] {
  const folders = new Set((Deno.env.get("PATH") ?? "").split(":").flatMap(foldersOf));
  const paths = [...folders].flatMap((folder) =>
    [...Deno.readDirSync(folder)].flatMap(({ name }) =>
      /^kubectl(?:\.\d+\.\d+)?$/.test(name) ? [{ name, path: `${folder}/${name}` }] : []
    )
  );
  const byName = new Map(paths.toReversed().map((one) => [one.name, one.path]));
  return [...byName].toSorted(([a], [b]) => a < b ? -1 : 1).map(([name, path]) => kubectlAt(name, path));
}

/** A folder of the `PATH` with a kubectl, and the folder that this one is a link into. */
function foldersOf(folder: string): string[] {
  try {
    const real = Deno.realPathSync(`${folder}/kubectl`);
    return [Deno.realPathSync(folder), real.replace(/\/[^/]*$/, "")];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

function kubectlAt(name: string, path: string): Kubectl {
  return {
    name,
    async run(args, env = {}) {
      const { code, stdout, stderr } = await new Deno.Command(path, { args: [...args], env, stdin: "null" }).output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    },
  };
}
