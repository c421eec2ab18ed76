/**
 * Deno as the tool that checks, bundles and compiles.
 *
 * @module
 */

/** Deno 2.7 overflows the 2 MiB stack of a Rust thread on these modules now and then; 64 MiB is far from it. */
const STACK_BYTES = 64 * 1_048_576;

/** How to run it. */
export interface DenoOptions {
  /** Default: the current folder. */
  readonly cwd?: string;
  /** Variables of the environment that it must not see. */
  readonly without?: readonly string[];
}

/** Runs the Deno that runs this, and returns whether it succeeded; what it does not like, it says itself on stderr. */
export async function deno(args: readonly string[], { cwd, without = [] }: DenoOptions = {}): Promise<boolean> {
  const env = { ...Deno.env.toObject(), RUST_MIN_STACK: String(STACK_BYTES) };
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    ...(cwd !== undefined && { cwd }),
    clearEnv: true,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !without.includes(name))),
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  return success;
}
