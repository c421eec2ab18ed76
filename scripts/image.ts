/**
 * `deno task image`: the container image, as an OCI archive that needs no registry. The same binary and the same packages
 * of Debian give the same bytes, whenever and in whichever folder.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { withFolderBeside } from "./compile/folder_beside.ts";
import { compile } from "./compile/compile.ts";
import { targetNamed } from "./compile/runtime.ts";
import { demandBuildah } from "./image/buildah.ts";
import { factsOf } from "./image/binary_facts.ts";
import { archiveName, makeImage, namesOf } from "./image/make_image.ts";
import { runTask } from "./run_task.ts";

const HELP = `Usage: deno task image [--output PATH] [--binary PATH] [--source URL]

Makes the container image of manifests/Containerfile as an OCI archive; without options
dist/${archiveName("VERSION", "ARCHITECTURE")}, for this machine's architecture. It holds the binary, the parts of
glibc that the binary loads and the public CAs, from the packages of this machine, which has to be Debian, and a bill of
materials (CycloneDX). It needs buildah 1.28 (apt-get install buildah), and neither a registry nor a daemon.

  --output PATH  where to write it
  --binary PATH  a binary made by "deno task compile" [default: one is compiled]
  --source URL   where the sources are, for the label org.opencontainers.image.source

  deno task image
  ctr --namespace k8s.io images import dist/${archiveName("VERSION", "amd64")}
`;

const { stdout } = realWorld();

await runTask({
  name: "image",
  help: HELP,
  attempt: "Cannot make the image: ",
  readArguments: () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        output: { type: "string" },
        binary: { type: "string" },
        source: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.source !== undefined && !URL.canParse(values.source)) throw new Error(`"${values.source}" is no URL`);
    return values;
  },
  async run({ binary, output, source }) {
    await demandBuildah();
    const options = { source, progress: (line: string) => stdout.write(`${line}\n`) };
    const { path, digest, bytes, packages } = binary === undefined
      ? await withFolderBeside(output ?? "dist/image", async (folder) => {
        options.progress("compiling");
        await compile({ target: targetNamed(Deno.build.target)!, output: `${folder}/ram-auth` });
        return await makeImage(await factsOf(`${folder}/ram-auth`), output, options);
      })
      : await makeImage(await factsOf(binary), output, options);
    stdout.write(`${path}: ${(bytes / 1_000_000).toFixed(1)} MB, with ${namesOf(packages)}\n${digest}\n`);
    return 0;
  },
});
