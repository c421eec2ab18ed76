/**
 * Imports that stay out of the way until they are needed.
 *
 * At start-up Deno reads every module that a plain `import("…")` names, whether or not it will run: with the server's
 * modules and packages that cost `ram-auth token` a tenth of an empty program's time. A specifier that is computed is not
 * read before it is used. Compiling works on a copy of the sources in which each call is a plain `import("…")`, because a
 * bundler would not see the module.
 *
 * @module
 */

/**
 * Imports a module. Name its type too, which the compiler and the lint rules check:
 * `importLater<typeof import("./help.ts")>("./help.ts", import.meta.url)`.
 *
 * @param base the importing module's `import.meta.url`
 */
export async function importLater<Module>(specifier: string, base: string): Promise<Module> {
  return await import(`${base}/../${specifier}`);
}
