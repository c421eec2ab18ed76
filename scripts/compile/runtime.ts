/**
 * The machines a binary can be for, and whose runtime the file at `DENORT_BIN` is.
 *
 * @module
 */

/** The targets, by the names that Deno gives them. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** One of them. */
export type Target = typeof TARGETS[number];

/** Bytes from the start of a file that tell what machine it is for: of each target, an offset and what stands there. */
const MARKS: Readonly<Record<Target, readonly (readonly [offset: number, bytes: readonly number[]])[]>> = {
  "x86_64-unknown-linux-gnu": [[0, [0x7f, 0x45, 0x4c, 0x46]], [18, [0x3e, 0]]],
  "aarch64-unknown-linux-gnu": [[0, [0x7f, 0x45, 0x4c, 0x46]], [18, [0xb7, 0]]],
  "x86_64-apple-darwin": [[0, [0xcf, 0xfa, 0xed, 0xfe, 0x07, 0, 0, 0x01]]],
  "aarch64-apple-darwin": [[0, [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 0x01]]],
  "x86_64-pc-windows-msvc": [[0, [0x4d, 0x5a]]],
};

/** The target with that name, or `undefined`. Trust: whoever compiles chose the text. */
export function targetNamed(text: string): Target | undefined {
  return TARGETS.find((target) => target === text);
}

/** The target whose runtime begins with these bytes (ELF, Mach-O, PE), at least 20; `undefined` where it is none. */
export function targetOfRuntime(start: Uint8Array): Target | undefined {
  return TARGETS.find((target) =>
    MARKS[target].every(([offset, bytes]) => bytes.every((byte, index) => start[offset + index] === byte))
  );
}

/**
 * Reads whose runtime a file is.
 *
 * @throws {Error} that says what to do, where the file cannot be read or is no runtime
 */
export async function readRuntimeTarget(path: string): Promise<Target> {
  const start = new Uint8Array(20);
  try {
    using file = await Deno.open(path);
    await file.read(start);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "it does not exist" : String(cause);
    throw new Error(`Cannot read the runtime "${path}": ${why}; set DENORT_BIN to a denort, or unset it`, { cause });
  }
  const target = targetOfRuntime(start);
  if (target !== undefined) return target;
  throw new Error(`Cannot use the runtime "${path}": it is no program for a known target; set DENORT_BIN to a denort`);
}
