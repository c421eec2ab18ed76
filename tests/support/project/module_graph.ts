/**
 * Which modules a module brings with it when it is loaded.
 *
 * @module
 */

interface Module {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly Dependency[];
}

interface Dependency {
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier: string };
}

/** Everything that loading a module of the project loads: static imports, types left out. `root` as `lib/yaml/read.ts`. */
export async function loadedWith(root: string): Promise<Set<string>> {
  const start = moduleUrl(root);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", start] }).output();
  const graph: { readonly modules: readonly Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  const broken = graph.modules.find(({ error }) => error !== undefined);
  if (broken !== undefined) throw new Error(`Cannot load "${broken.specifier}": ${broken.error}`);
  const dependencies = new Map(graph.modules.map((module) => [module.specifier, module.dependencies ?? []]));
  const loaded = new Set([start]);
  for (const specifier of loaded) {
    for (const { isDynamic, code } of dependencies.get(specifier) ?? []) {
      if (!isDynamic && code) loaded.add(code.specifier);
    }
  }
  return loaded;
}

/** A module of the project, as the graph names it. */
export function moduleUrl(path: string): string {
  return new URL(`../../../${path}`, import.meta.url).href;
}
