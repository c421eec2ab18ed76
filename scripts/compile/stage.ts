/**
 * The sources as they go into a binary: a copy in a folder of its own, whose imports a bundler sees and which knows the
 * commit that it is of. The tree stays as it is.
 *
 * @module
 */

import { dirname, posix } from "node:path";

/**
 * What a login loads beside the entry point. In the copy these are imported at once, and everything that is imported
 * later begins with them: so a bundler puts all that they share into one file, and a login reads one in place of thirty.
 */
const LOGIN = [
  "lib/cli/login/token.ts",
  "lib/cli/login/eks_get_token.ts",
  "lib/cli/login/credential_plugin.ts",
  "lib/clouds/alibaba/signer.ts",
  "lib/clouds/aws/signer.ts",
];

/** In the copy: imports {@linkcode LOGIN}, and the runner with all that it imports. */
const CORE = "core.ts";

/** Declares `importLater` and shows a call in its docstring. */
const DECLARATION = "lib/import_later.ts";

/** How a module takes the text of a file outside of the sources. */
const TEXT_IMPORT = /from "(\.[^"]+)" with \{ type: "text" \}/g;

/** How a module names the file of a thread of its own; in a bundle, all files are in one folder. */
const THREAD = /new URL\("\.\/(\w+)\.ts", import\.meta\.url\)/g;

/** Where the commit stands, and the line that says that there is none. */
const STAMPED = "lib/version.ts";
const NO_COMMIT = "export const COMMIT: string | undefined = undefined;";

/**
 * Copies the sources into a folder.
 *
 * @param commit what `ram-auth version` is to say
 * @throws {Error} where a call of `importLater` names no module, or none that exists
 */
export async function stageSources(folder: string, commit: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const path of ["deno.json", "deno.lock"]) await Deno.copyFile(path, `${folder}/${path}`);
  const later = new Set<string>();
  const staged = new Map<string, string>();
  for (const path of ["main.ts", ...sourcesUnder("lib")]) {
    const text = (await Deno.readTextFile(path)).replaceAll(THREAD, 'new URL("./$1.js", import.meta.url)');
    staged.set(path, withPlainImports(path, text, later));
  }
  for (const [path, text] of [...staged]) {
    for (const [, specifier = ""] of text.matchAll(TEXT_IMPORT)) {
      const target = posix.join(posix.dirname(path), specifier);
      staged.set(target, await Deno.readTextFile(target));
    }
  }
  staged.set(STAMPED, stamped(staged.get(STAMPED)!, commit));
  for (const path of ["main.ts", ...later]) {
    const text = staged.get(path);
    if (text === undefined) throw new Error(`Cannot copy "${path}": it is imported later, but does not exist`);
    staged.set(path, `import "${specifierOf(CORE, path)}";\n${text}`);
  }
  staged.set(CORE, ["lib/cli/run.ts", ...LOGIN].map((path) => `import "./${path}";\n`).join(""));
  for (const [path, text] of staged) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
}

function* sourcesUnder(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sourcesUnder(path);
    else if (path.endsWith(".ts")) yield path;
  }
}

/** Writes each import at run time as `import("…")`, or as an import at once for {@linkcode LOGIN}. */
function withPlainImports(path: string, text: string, later: Set<string>): string {
  if (path === DECLARATION) return text;
  let atOnce = "";
  const plain = text.replaceAll(
    /\bimportLater(?:<[^<>]*>)?\(\s*"([^"]+)",\s*import\.meta\.url,?\s*\)|(?<!typeof )\bimport\("(\.[^"]+)"\)/g,
    (_, computed, literal) => {
      const specifier = computed ?? literal;
      const target = posix.join(posix.dirname(path), specifier);
      if (!LOGIN.includes(target)) {
        later.add(target);
        return `import("${specifier}")`;
      }
      const name = `loaded${LOGIN.indexOf(target)}`;
      if (!atOnce.includes(name)) atOnce += `import * as ${name} from "${specifier}";\n`;
      return `Promise.resolve(${name})`;
    },
  );
  if (!/\bimportLater[<(]/.test(plain)) return `${atOnce}${plain}`;
  throw new Error(
    `Cannot tell what "${path}" imports later: a call names no module; write importLater<…>("./name.ts", import.meta.url)`,
  );
}

function stamped(text: string, commit: string): string {
  if (text.includes(NO_COMMIT)) return text.replace(NO_COMMIT, `export const COMMIT = ${JSON.stringify(commit)};`);
  throw new Error(`Cannot stamp the commit: ${STAMPED} has no line "${NO_COMMIT}"`);
}

function specifierOf(target: string, from: string): string {
  const specifier = posix.relative(posix.dirname(from), target);
  return specifier.startsWith(".") ? specifier : `./${specifier}`;
}
