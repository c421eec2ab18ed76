/**
 * Archives (`.tar`, `.tar.gz`) whose bytes depend on nothing but names and contents: no owner, no time.
 *
 * Source: POSIX.1-1988, ustar.
 *
 * @module
 */

const BLOCK = 512;

/** Longest name that fits without the extensions of later forms, in bytes. */
const MAX_NAME = 100;

/** A file to put into an archive. */
export interface ArchiveEntry {
  /** In the archive. */
  readonly name: string;
  /** On disk. */
  readonly path: string;
  readonly isProgram?: boolean;
}

/**
 * Writes a `.tar.gz`.
 *
 * @throws {RangeError} if a name is too long, or is not ASCII
 */
export async function writeArchive(output: string, entries: readonly ArchiveEntry[]): Promise<void> {
  using file = await Deno.open(output, { write: true, create: true, truncate: true });
  await ReadableStream.from(tar(entries)).pipeThrough(new CompressionStream("gzip")).pipeTo(file.writable);
}

/**
 * Writes a `.tar`, for what is compressed already.
 *
 * @throws {RangeError} if a name is too long, or is not ASCII
 */
export async function writeTar(output: string, entries: readonly ArchiveEntry[]): Promise<void> {
  using file = await Deno.open(output, { write: true, create: true, truncate: true });
  await ReadableStream.from(tar(entries)).pipeTo(file.writable);
}

async function* tar(entries: readonly ArchiveEntry[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const { name, path, isProgram = false } of entries) {
    const content = await Deno.readFile(path);
    yield header(name, content.length, isProgram ? 0o755 : 0o644);
    yield content;
    yield new Uint8Array((BLOCK - content.length % BLOCK) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

function header(name: string, size: number, mode: number): Uint8Array<ArrayBuffer> {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > MAX_NAME) {
    throw new RangeError(`Cannot archive "${name}": its name`);
  }
  const bytes = new Uint8Array(BLOCK);
  const write = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  write(0, name);
  write(100, octal(mode, 7));
  write(108, octal(0, 7));
  write(116, octal(0, 7));
  write(124, octal(size, 11));
  write(136, octal(0, 11));
  write(148, " ".repeat(8));
  write(156, "0");
  write(257, "ustar\x0000");
  write(148, `${octal(bytes.reduce((sum, byte) => sum + byte, 0), 6)}\0`);
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
