/**
 * Archives (`.tar`, `.tar.gz`) whose bytes depend on nothing but names and contents: no owner but root, and the time that is given.
 *
 * Source: POSIX.1-1988, ustar.
 *
 * @module
 */

const BLOCK = 512;

/** Longest name that fits without the extensions of later forms, in bytes. */
const MAX_NAME = 100;

/** What a file to be made holds: what one on disk does, or a text. */
export type Content = { readonly path: string } | { readonly content: string | Uint8Array<ArrayBuffer> };

/** A file to put into an archive. */
export type ArchiveEntry = {
  /** In the archive. */
  readonly name: string;
  readonly isProgram?: boolean;
} & Content;

/** How an archive differs from the plainest. */
export interface ArchiveOptions {
  /** When everything in it was last changed, in seconds since 1970. Default: 0. */
  readonly changedAt?: number;
  /** Whether it has an entry for each folder, for tools that make none by themselves. Default: no. */
  readonly hasFolders?: boolean;
}

/**
 * Writes a `.tar.gz`.
 *
 * @throws {RangeError} if a name is too long, or is not ASCII
 */
export async function writeArchive(output: string, entries: readonly ArchiveEntry[]): Promise<void> {
  using file = await Deno.open(output, { write: true, create: true, truncate: true });
  await archive(entries).pipeTo(file.writable);
}

/**
 * Writes a `.tar`, for what is compressed already.
 *
 * @throws {RangeError} if a name is too long, or is not ASCII
 */
export async function writeTar(output: string, entries: readonly ArchiveEntry[]): Promise<void> {
  using file = await Deno.open(output, { write: true, create: true, truncate: true });
  await ReadableStream.from(tar(entries, {})).pipeTo(file.writable);
}

/** The bytes of a `.tar.gz`; a {@linkcode RangeError} of a name errors the stream. */
export function archive(
  entries: readonly ArchiveEntry[],
  options: ArchiveOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(tar(entries, options)).pipeThrough(new CompressionStream("gzip"));
}

/** The bytes. */
export async function contentOf(file: Content): Promise<Uint8Array<ArrayBuffer>> {
  if ("path" in file) return await Deno.readFile(file.path);
  return typeof file.content === "string" ? new TextEncoder().encode(file.content) : file.content;
}

async function* tar(
  entries: readonly ArchiveEntry[],
  { changedAt = 0, hasFolders = false }: ArchiveOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const folders = hasFolders ? foldersOf(entries) : [];
  for (const name of folders) yield header({ name, type: "5", mode: 0o755, size: 0, changedAt });
  for (const entry of entries) {
    const content = await contentOf(entry);
    const mode = entry.isProgram ? 0o755 : 0o644;
    yield header({ name: entry.name, type: "0", mode, size: content.length, changedAt });
    yield content;
    yield new Uint8Array((BLOCK - content.length % BLOCK) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

/** Each folder once, before those in it, with a slash at its end. */
function foldersOf(entries: readonly ArchiveEntry[]): readonly string[] {
  const folders = entries.flatMap(({ name }) => [...name.matchAll(/\//g)].map(({ index }) => name.slice(0, index + 1)));
  return [...new Set(folders)].sort();
}

function header(
  { name, type, mode, size, changedAt }: {
    readonly name: string;
    readonly type: "0" | "5";
    readonly mode: number;
    readonly size: number;
    readonly changedAt: number;
  },
): Uint8Array<ArrayBuffer> {
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
  write(136, octal(changedAt, 11));
  write(148, " ".repeat(8));
  write(156, type);
  write(257, "ustar\x0000");
  write(148, `${octal(bytes.reduce((sum, byte) => sum + byte, 0), 6)}\0`);
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
