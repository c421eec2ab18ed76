/**
 * A container of an OCI archive, as a kubelet runs the pods of `manifests/`: on the network of the machine, as the image's
 * user, with a root file system that cannot be written, without capabilities. runc runs it, which needs root.
 *
 * @module
 */

import { type RunningProcess, startProcess } from "../process.ts";

/** An image on disk. */
export interface UnpackedImage {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** The compressed layer; there is one. */
  readonly layer: string;
  /** Its files, in a folder. */
  readonly root: string;
}

/** What a manifest says. */
export interface ImageManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/** What the configuration of an image says. */
export interface ImageConfig {
  readonly created: string;
  readonly history?: readonly unknown[];
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
}

/** What to run. */
export interface ContainerOptions {
  /** An empty folder to work in. */
  readonly folder: string;
  /** After the image's entry point. */
  readonly args: readonly string[];
  /** Beside the image's variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is seen in the container at these paths, and whether it can be written. */
  readonly mounts?: Readonly<Record<string, { readonly source: string; readonly isWritable?: boolean }>>;
}

/** One that runs; `await using` removes it. */
export interface Container extends RunningProcess {
  /** The pid of its first process on the machine, as soon as there is one. */
  pid(): Promise<number | undefined>;
  /** Runs another program in it, and returns what became of that. */
  exec(...command: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
}

/** Unpacks an archive of one image with one layer into a new folder. */
export async function unpackImage(archive: string, folder: string): Promise<UnpackedImage> {
  const [layout, root] = [`${folder}/layout`, `${folder}/root`];
  for (const path of [folder, layout, root]) await Deno.mkdir(path);
  await succeed("tar", ["-xf", archive, "-C", layout]);
  const blob = (digest: string) => `${layout}/blobs/${digest.replace(":", "/")}`;
  const read = async (path: string) => JSON.parse(await Deno.readTextFile(path));
  const index = await read(`${layout}/index.json`);
  const manifest: ImageManifest = await read(blob(index.manifests[0].digest));
  const layer = blob(manifest.layers[0]!.digest);
  await succeed("tar", ["-xzf", layer, "-C", root]);
  return { manifest, config: await read(blob(manifest.config.digest)), layer, root };
}

/** Starts a container of an image. */
export async function startContainer(
  { config: { config }, root }: UnpackedImage,
  { folder, args, env = {}, mounts = {} }: ContainerOptions,
): Promise<Container> {
  const [uid, gid] = config.User.split(":").map(Number);
  const spec = {
    ociVersion: "1.0.2",
    root: { path: root, readonly: true },
    process: {
      user: { uid, gid },
      args: [...config.Entrypoint, ...args],
      env: [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      cwd: "/",
      capabilities: {},
      noNewPrivileges: true,
    },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      ...Object.entries(mounts).map(([destination, { source, isWritable = false }]) => ({
        destination,
        type: "bind",
        source,
        options: ["bind", "nosuid", "nodev", isWritable ? "rw" : "ro"],
      })),
    ],
    linux: { namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })) },
  };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(spec));
  const id = `ram-auth-test-${crypto.randomUUID()}`;
  const runc = (...command: readonly string[]) => output("runc", ["--root", `${folder}/runc`, ...command]);
  const process = startProcess("runc", { args: ["--root", `${folder}/runc`, "run", "--bundle", folder, id] });
  return {
    ...process,
    async pid() {
      const { code, output } = await runc("state", id);
      return code === 0 ? JSON.parse(output).pid || undefined : undefined;
    },
    exec: (...command) => runc("exec", id, ...command),
    async [Symbol.asyncDispose]() {
      await runc("delete", "--force", id);
      await process[Symbol.asyncDispose]();
    },
  };
}

async function output(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function succeed(program: string, args: readonly string[]): Promise<void> {
  const { code, output: said } = await output(program, args);
  if (code !== 0) throw new Error(`Cannot run ${program} ${args.join(" ")}: ${said}`);
}
