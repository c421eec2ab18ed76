/**
 * The compiled program, for tests of what operators install. `RAM_AUTH_TEST_BINARY` names it; without one, those tests run
 * the sources, which differ only in how they are packed.
 *
 * @module
 */

/** A copy of the binary in the folder, as an installer would put it there; `undefined` where the sources are to run. */
export async function installTestBinary(folder: string): Promise<string | undefined> {
  const binary = Deno.env.get("RAM_AUTH_TEST_BINARY");
  if (!binary) return undefined;
  const installed = `${folder}/ram-auth`;
  await Deno.copyFile(binary, `${installed}.new`);
  await Deno.rename(`${installed}.new`, installed);
  return installed;
}
