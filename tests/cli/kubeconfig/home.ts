/**
 * A home of its own for each test of `ram-auth kubeconfig`.
 *
 * @module
 */

import { run } from "../../../lib/cli/run.ts";
import { readPlain } from "../../../lib/yaml/merge.ts";
import { fakeWorld } from "../../config/fake_world.ts";

/** An entry of a list. */
export interface Named {
  readonly name: string;
  readonly [key: string]: unknown;
}

/** What a kubeconfig holds. */
export interface Kubeconfig {
  readonly kind: string;
  readonly clusters: Named[];
  readonly contexts: Named[];
  readonly users: Named[];
  readonly "current-context": string;
}

/** A home with a kubeconfig, or without one, in which `ram-auth kubeconfig` runs. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly kubeconfig: string;
  run(args: readonly string[], environment?: Readonly<Record<string, string>>, network?: typeof fetch): Promise<Ran>;
  text(): Promise<string>;
  plain(): Promise<Kubeconfig>;
}

/** What a run said. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Makes one. */
export async function makeHome(text?: string): Promise<Home> {
  const path = await Deno.makeTempDir({ prefix: "kubeconfig-" });
  const kubeconfig = `${path}/.kube/config`;
  if (text !== undefined) {
    await Deno.mkdir(`${path}/.kube`);
    await Deno.writeTextFile(kubeconfig, text, { mode: 0o600 });
  }
  const read = () =>
    Deno.readFile(kubeconfig).then((bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  return {
    path,
    kubeconfig,
    async run(args, environment = {}, network) {
      const world = { ...fakeWorld({ HOME: path, ...environment }), ...(network && { fetch: network }) };
      const signal = () => Promise.resolve(new AbortController().signal);
      return { code: await run(["kubeconfig", ...args], world, signal), out: world.out(), err: world.err() };
    },
    text: read,
    plain: async () => readPlain(await read()) as Kubeconfig,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
