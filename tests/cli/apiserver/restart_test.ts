/** What restarts kube-apiserver where it is a service, and what shows the new one where no process does. */

import assert from "node:assert/strict";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { freePort } from "../../support/free_port.ts";
import { testNeeding } from "../../support/needs.ts";
import { waitFor } from "../../support/wait_for.ts";
import { type ControlPlaneNode, testOnNode } from "../../support/control_plane_node/control_plane_node.ts";
import { onMachine, PROGRAM, WEBHOOK } from "../../support/control_plane_node/machine.ts";

const CONFIG = "/etc/rancher/k3s/config.yaml";

/**
 * A machine on which systemd runs, as far as the program sees it: `systemctl` does what the test says, and writes down how
 * it was called. An API server answers at its port all the time.
 */
async function onK3s(
  systemctl: string,
  commands: string,
  config = "token: made-up\n",
): ReturnType<typeof onMachine> {
  return await onMachine(
    {
      ...WEBHOOK,
      [CONFIG]: config,
      "/etc/systemctl": `#!/bin/sh\necho "$*" >>/var/calls\n${systemctl}\n`,
    },
    `chmod 755 /etc/systemctl
     mount --bind /etc/systemctl /usr/bin/systemctl
     mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system
     ip link set lo up
     "${Deno.execPath()}" eval 'Deno.serve({ port: 6443, onListen: () => console.error("answers") },
       () => new Response("no", { status: 401 }))' 2>/var/answers &
     while ! grep -q answers /var/answers; do sleep 0.05; done
     ${commands}`,
  );
}

const HEALTH = "--health-url http://127.0.0.1:6443/readyz";

testNeeding(["namespaces", "systemd-analyze"], "K3s is restarted, and again without the flag by an undo", async () => {
  const { code, stdout, stderr } = await onK3s(
    `if [ "$1" = restart ]; then grep -c token-webhook ${CONFIG} >>/var/calls; env >/var/env; fi; exit 0`,
    `MADE_UP=x ${PROGRAM} configure ${HEALTH}
     ${PROGRAM} undo ${HEALTH}
     cat /var/calls
     if grep MADE_UP /var/env; then exit 9; fi
     grep '^PATH=' /var/env`,
  );
  assert.equal(code, 0, stdout + stderr);
  assert.match(stderr, /^Restarting k3s$/m);
  assert.match(stderr, /kube-apiserver answers \(401: it takes no anonymous requests\)/);
  assert.match(stdout, /^Configured: [^]*^Undone: /m);
  assert.match(stdout, /^daemon-reload\nrestart k3s\n1\ndaemon-reload\nrestart k3s\n0\nPATH=\/usr\/sbin:/m);
});

for (
  const [what, failure, why] of [
    ["fails", "echo no such unit >&2; exit 5", "no such unit"],
    ["says nothing and fails", "exit 5", "it exited with code 5"],
    ["hangs", "exec sleep 600", "it took more than 3 s"],
  ] as const
) {
  testNeeding(["namespaces", "systemd-analyze"], `a restart of K3s that ${what} is rolled back`, async () => {
    const { code, stdout, stderr } = await onK3s(
      `if [ "$1" = restart ] && grep -q token-webhook ${CONFIG}; then ${failure}; fi; exit 0`,
      `status=0
       ${PROGRAM} configure ${HEALTH} --timeout 3 || status=$?
       cat ${CONFIG} /var/calls
       exit $status`,
    );
    assert.equal(code, 1, stdout + stderr);
    assert.ok(
      stderr.includes(`Rolled back: the API server was not healthy within 3 s (its restart failed: ${why})`),
      stderr,
    );
    assert.match(stderr, /^ram-auth: Cannot configure kube-apiserver: .* rolled back, and is healthy again/m);
    assert.equal(stdout, "token: made-up\ndaemon-reload\nrestart k3s\ndaemon-reload\nrestart k3s\n");
  });
}

testNeeding(
  ["namespaces", "systemd-analyze"],
  "Ctrl-C during a restart puts the file back, and asks for another restart",
  async () => {
    const { code, stdout, stderr } = await onK3s(
      `if [ "$1" = restart ] && [ "$2" != --no-block ]; then kill -INT $(cat /var/program); exec sleep 600; fi; exit 0`,
      `status=0
     sh -c 'echo $$ >/var/program; exec "$@"' sh ${PROGRAM} configure ${HEALTH} || status=$?
     cat ${CONFIG} /var/calls
     exit $status`,
    );
    assert.equal(code, 1, stdout + stderr);
    assert.match(stderr, /^ram-auth: Interrupted: ".*" is as it was before; [^;]*$/m);
    assert.equal(stdout, "token: made-up\ndaemon-reload\nrestart k3s\ndaemon-reload\nrestart --no-block k3s\n");
  },
);

testNeeding(
  ["namespaces", "systemd-analyze"],
  "Ctrl-C during the restart of an undo asks for another restart, or K3s would go on with the flag",
  async () => {
    const { code, stdout, stderr } = await onK3s(
      `if [ "$1" = restart ] && [ "$2" != --no-block ]; then kill -INT $(cat /var/program); exec sleep 600; fi; exit 0`,
      `${PROGRAM} configure --no-wait
     status=0
     sh -c 'echo $$ >/var/program; exec "$@"' sh ${PROGRAM} undo ${HEALTH} || status=$?
     cat ${CONFIG} /var/calls
     exit $status`,
    );
    assert.equal(code, 1, stdout + stderr);
    assert.match(stderr, /^ram-auth: Interrupted: ".*" is the original again; [^;]*$/m);
    assert.match(stdout, /^token: made-up\ndaemon-reload\nrestart k3s\ndaemon-reload\nrestart --no-block k3s\n$/m);
  },
);

/** The disk with the backups is gone. */
const LOSE_BACKUPS = "rm -rf /var/backups; touch /var/backups";

testNeeding(
  ["namespaces", "systemd-analyze"],
  "K3s is restarted with the original, and after a change that went well, although the backups are gone",
  async () => {
    const { code, stdout, stderr } = await onK3s(
      `if [ "$1" = restart ] && grep -q token-webhook ${CONFIG}; then
         ${LOSE_BACKUPS}
         [ -e /var/is-good ] || exit 5
       fi
       exit 0`,
      `status=0
       ${PROGRAM} configure ${HEALTH} --timeout 3 || status=$?
       cat ${CONFIG} /var/calls
       rm /var/backups
       touch /var/is-good
       ${PROGRAM} configure ${HEALTH}
       exit $status`,
    );
    assert.equal(code, 1, stdout + stderr);
    assert.match(stderr, /^Note: Cannot write the backup [^]*^ram-auth: Cannot configure .* is healthy again/m);
    assert.match(stdout, /^token: made-up\ndaemon-reload\nrestart k3s\ndaemon-reload\nrestart k3s\nConfigured: /);
    assert.match(stderr, /^Note: Cannot remove ".*\.pending"/m);
  },
);

testNeeding(
  ["namespaces", "systemd-analyze"],
  "a unit is restarted by its name, and its process tells that it is the new one",
  async () => {
    const unit = "/etc/systemd/system/kube-apiserver@1.service";
    const { code, stdout, stderr } = await onK3s(
      `case $1 in
       restart)
         kill $(cat /var/pid)
         flags=$(sed -n 's/^  \\(--auth.*\\)/\\1/p' ${unit}.d/ram-auth.conf 2>/dev/null)
         /var/kube-apiserver -c ': </var/nobody-writes' sh $flags >/dev/null 2>&1 &
         echo $! >/var/pid ;;
     esac
     exit 0`,
      `ln -s /bin/sh /var/kube-apiserver && mkfifo /var/nobody-writes
     mkdir -p /etc/systemd/system
     printf '[Service]\\nExecStart=/usr/bin/kube-apiserver --v=2\\n' >${unit}
     /var/kube-apiserver -c ': </var/nobody-writes' sh & echo $! >/var/pid
     ${PROGRAM} configure --file ${unit} ${HEALTH}
     ${PROGRAM} undo --file ${unit} ${HEALTH}
     test ! -e ${unit}.d
     cat /var/calls
     kill $(cat /var/pid)`,
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /kube-apiserver \(process \d+\) answers/);
    assert.match(stdout, /^daemon-reload\nrestart kube-apiserver@1\ndaemon-reload\nrestart kube-apiserver@1\n/m);
  },
);

/** A server that keeps connections; `stop` ends it with all of them. */
function startServer(port: number): { stop(): Promise<void> } {
  const gone = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, signal: gone.signal, onListen: () => {} },
    () => new Response("ok"),
  );
  return {
    async stop() {
      gone.abort();
      await server.finished;
    },
  };
}

/** K3s beside that server, and the program, which may not start the shell. */
async function withoutShell(node: ControlPlaneNode, timeoutS: string) {
  const file = `${node.folder}/rancher/k3s/config.yaml`;
  await Deno.mkdir(`${node.folder}/rancher/k3s`, { recursive: true });
  await Deno.writeTextFile(file, "token: made-up\n");
  const port = freePort();
  const old = startServer(port);
  const args = ["--file", file, "--timeout", timeoutS, `--health-url=http://127.0.0.1:${port}/readyz`];
  return { file, port, old, program: node.startWith(SERVER_PERMISSIONS, "configure", ...args) };
}

const BY_HAND = "As root, run now: systemctl daemon-reload && systemctl restart k3s";

testOnNode("without the permission to start the shell, it says what to run, and sees that it was run", async (node) => {
  const { file, port, old, program } = await withoutShell(node, "600");
  await using _program = program;
  await waitFor("what to run", () => program.stderr().includes(BY_HAND));
  await waitFor("it to see the old server", () => program.stderr().includes("the old kube-apiserver still runs"));
  assert.ok((await Deno.readTextFile(file)).includes(node.flag.slice(2)));
  await old.stop();
  await waitFor("it to see no server", () => program.stderr().includes("takes no connection"));
  const next = startServer(port);
  await waitFor("the end", () => program.hasEnded());
  assert.match(program.stdout(), /^Configured: /, program.stderr());
  await next.stop();
});

testOnNode(
  "without the permission to start the shell, an old server that stays is not taken for a new one",
  async (node) => {
    const { file, old, program } = await withoutShell(node, "3");
    await using _program = program;
    await waitFor("the end", () => program.hasEnded());
    assert.match(program.stderr(), /^Rolled back: .* \(the old kube-apiserver still runs\)/m);
    assert.equal(await Deno.readTextFile(file), "token: made-up\n");
    await old.stop();
  },
);
