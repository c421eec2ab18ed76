import assert from "node:assert/strict";
import { binaryPermissions } from "../../../scripts/permissions.ts";
import { assertNoLeak } from "../../support/leaks.ts";
import { testNeeding } from "../../support/needs.ts";
import { type RunningProcess, startProcess } from "../../support/process.ts";
import { startHttpProxy } from "../../support/stand_ins/http_proxy.ts";
import { OAUTH_HOSTS } from "../../support/stand_ins/oauth_site.ts";
import { waitFor } from "../../support/wait_for.ts";
import { type OauthStage, startOauthStage } from "./oauth_stage.ts";

/** Runs the program as it ships, with this program in the place of the system's opener. */
async function loginWith(stage: OauthStage, opener: string, body: (login: RunningProcess) => Promise<void>) {
  await Deno.mkdir(`${stage.home}/bin`);
  await Deno.writeTextFile(`${stage.home}/bin/xdg-open`, `#!/bin/sh\n${opener}\n`, { mode: 0o755 });
  await using proxy = startHttpProxy({ port: stage.site.port });
  const program = ["run", "--quiet", ...binaryPermissions("linux"), "main.ts", "login"];
  await using login = startProcess(Deno.execPath(), {
    args: [...program, "--profile", "work", "--sts-ca-file", stage.caFile],
    env: {
      HOME: stage.home,
      PATH: `${stage.home}/bin:${Deno.env.get("PATH")}`,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: "",
    },
    clearEnv: true,
  });
  await body(login);
  assertNoLeak(login.stdout() + login.stderr(), { tokens: stage.site.secrets, secrets: stage.site.secrets });
}

Deno.test("login opens the page by the system's opener, and waits until its person comes back", async () => {
  await using stage = await startOauthStage();
  await loginWith(stage, `printf '%s' "$*" > '${stage.home}/opened'`, async (login) => {
    const opened = await waitFor("the opener", async () => {
      if (login.hasEnded()) throw new Error(login.stderr());
      return (await Deno.readTextFile(`${stage.home}/opened`).catch(() => "")) || undefined;
    });
    assert(login.stderr().split("\n").includes(opened), login.stderr());
    await (await fetch(await stage.signIn(opened))).body?.cancel();
    await waitFor("the end", () => login.hasEnded());
    assert.match(login.stdout(), /^Logged in as profile "work" of /, login.stderr());
  });
});

Deno.test("login waits where the opener fails, and Ctrl-C ends it", async () => {
  await using stage = await startOauthStage();
  await loginWith(stage, "exit 3", async (login) => {
    await waitFor("the URL", () => {
      if (login.hasEnded()) throw new Error(login.stderr());
      return login.stderr().includes("Ctrl-C cancels");
    });
    assert.equal((await login.stop("SIGINT")).code, 1);
    assert.match(login.stderr(), /: interrupted;/);
  });
});

testNeeding(["chromium"], "a person signs in and consents in Chromium, and sees a page of ours alone", async () => {
  await using stage = await startOauthStage();
  const folder = `${stage.home}/chromium`;
  const rules = OAUTH_HOSTS.map((host) => `MAP ${host} 127.0.0.1:${stage.site.port}`).join(", ");
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-proxy-server",
    "--ignore-certificate-errors",
    `--user-data-dir='${folder}'`,
    `--host-resolver-rules='${rules}'`,
    "--virtual-time-budget=20000",
    "--dump-dom",
  ];
  await loginWith(stage, `exec chromium ${flags.join(" ")} "$1" >'${stage.home}/seen' 2>/dev/null`, async (login) => {
    await waitFor("the end", () => login.hasEnded());
    assert.match(login.stdout(), /^Logged in as profile "work" of /, login.stderr());
    const seen = await waitFor(
      "what is seen",
      async () => (await Deno.readTextFile(`${stage.home}/seen`)) || undefined,
    );
    assert.match(seen, /<p>ram-auth has the answer: see the terminal\. You can close this page\.<\/p>/);
    // It holds files in the home open until it has ended.
    await waitFor("Chromium to end", async () => {
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", 'ps -A -o args= | grep -F -- "$1" | grep -vF grep | wc -l', "sh", folder],
      })
        .output();
      return new TextDecoder().decode(stdout).trim() === "0";
    });
  });
  const [profile] = await stage.profiles();
  assert.deepEqual([profile!.name, profile!.mode], ["work", "OAuth"]);
});
