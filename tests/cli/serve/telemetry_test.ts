import assert from "node:assert/strict";
import { warnOfTelemetry } from "../../../lib/cli/serve/telemetry.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { testNeeding } from "../../support/needs.ts";
import { prepareSite } from "../../support/server_process.ts";
import { exportTo } from "../../support/stand_ins/otlp_receiver.ts";
import { installTestBinary } from "../../support/test_binary.ts";
import { fakeWorld } from "../../config/fake_world.ts";

Deno.test("nothing is said of telemetry where nobody asks for it, nor of traces that are turned off", () => {
  for (const env of [{}, { OTEL_DENO: "true" }] as Readonly<Record<string, string>>[]) {
    const world = fakeWorld(env);
    warnOfTelemetry(world, createLog(world, { format: "text", level: "debug" }));
    assert.equal(world.err(), "");
  }
});

testNeeding(
  ["binary"],
  "a binary that was compiled without telemetry says so where the environment asks for it",
  async () => {
    await using site = await prepareSite("mapUsers: []");
    await using server = await site.start(await installTestBinary(site.folder), {
      env: exportTo("http://127.0.0.1:9"),
    });
    assert.match(server.stderr(), /"traces are not exported"/);
    await server.stop("SIGTERM");
  },
);
