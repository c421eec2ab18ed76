import assert from "node:assert/strict";
import type { ConnectOptions } from "../../lib/kube/access.ts";
import { connect, type KubeConnection } from "../../lib/kube/connection.ts";
import { loadAccess } from "../../lib/kube/kubeconfig.ts";
import { KubeError } from "../../lib/kube/kube_error.ts";
import { CaBundleError } from "../../lib/trust.ts";
import { FileError } from "../../lib/files.ts";
import { realWorld, type World } from "../../lib/world.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { peerPair } from "../state/stored_files.ts";
import { asVersion1, makePair } from "../support/certificates/made_pairs.ts";
import { connectPlainly, startScriptedServer } from "./scripted_server.ts";

const CERTIFICATE = await makeLoopbackCertificate();
const OTHER = await makeLoopbackCertificate();
const PATH = "/api/v1/namespaces/kube-system/configmaps";

/** An API server over TLS that knows one token, and answers with the headers it got. */
function serve(knows: () => string, status = 200): Deno.HttpServer<Deno.NetAddr> & { readonly tokens: string[] } {
  const tokens: string[] = [];
  const { certPem: cert, keyPem: key } = CERTIFICATE;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} }, (request) => {
    const authorization = request.headers.get("authorization") ?? "";
    tokens.push(authorization);
    if (authorization !== `Bearer ${knows()}`) return Response.json({ message: "Unauthorized" }, { status: 401 });
    return Response.json(Object.fromEntries(request.headers), { status });
  });
  return Object.assign(server, { tokens });
}

/** A folder with a kubeconfig, the CA, and whatever else. */
async function withKubeconfig(
  { server = "https://127.0.0.1:6443", cluster = {}, user = {} as unknown, files = {}, text }: {
    readonly server?: string;
    readonly cluster?: Readonly<Record<string, unknown>>;
    readonly user?: unknown;
    readonly files?: Readonly<Record<string, string>>;
    readonly text?: string;
  },
  body: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kubeconfig-" });
  const config = {
    clusters: [{ name: "c", cluster: { server, "certificate-authority": "ca.crt", ...cluster } }],
    users: [{ name: "other", user: {} }, { name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }, {
      name: "y",
      context: { cluster: "no", user: "u" },
    }],
    "current-context": "x",
  };
  try {
    for (const [name, content] of Object.entries({ "ca.crt": CERTIFICATE.caPem, ...files })) {
      await Deno.writeTextFile(`${folder}/${name}`, content);
    }
    await Deno.writeTextFile(`${folder}/config`, text ?? JSON.stringify(config));
    await body(`${folder}/config`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function connected(
  world: World,
  options: ConnectOptions,
  body: (connection: KubeConnection) => Promise<void>,
): Promise<void> {
  const connection = await connect(world, options);
  try {
    await body(connection);
  } finally {
    connection.close();
  }
}

const base64 = (text: string) => btoa(text);
const addressOf = ({ addr }: Deno.HttpServer<Deno.NetAddr>) => `https://127.0.0.1:${addr.port}`;

for (
  const [what, user, cluster] of [
    ["a token", { token: "made-up-token" }, {}],
    ["a file of a token beside it", { tokenFile: "token" }, {}],
    ["a file of a token, which is newer than the token", { token: "made-up-old", tokenFile: "token" }, {}],
    ["a CA in the file, which wins over another", { token: "made-up-token" }, {
      "certificate-authority-data": base64(CERTIFICATE.caPem),
      "certificate-authority": "other.crt",
    }],
  ] as const
) {
  Deno.test(`a kubeconfig with ${what} is enough to ask the API server`, async () => {
    await using server = serve(() => "made-up-token");
    const files = { token: "made-up-token\n", "other.crt": OTHER.caPem };
    await withKubeconfig(
      { server: `${addressOf(server)}/`, user, cluster, files },
      (kubeconfig) =>
        connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
          const headers = await (await connection.request(PATH, { headers: { "content-type": "text/plain" } })).json();
          assert.equal(headers.authorization, "Bearer made-up-token");
          assert.match(headers["user-agent"], /^ram-auth\//);
          assert.equal(headers["content-type"], "text/plain");
          assert.equal(connection.server, addressOf(server));
        }),
    );
  });
}

Deno.test("a token that was rotated is read again at once when the old one is refused", async () => {
  let known = "made-up-1";
  await using server = serve(() => known);
  await withKubeconfig(
    { server: addressOf(server), user: { tokenFile: "token" }, files: { token: known } },
    (kubeconfig, folder) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        assert.equal((await (await connection.request(PATH)).json()).authorization, "Bearer made-up-1");
        known = "made-up-2";
        await Deno.writeTextFile(`${folder}/token`, known);
        assert.equal((await (await connection.request(PATH)).json()).authorization, "Bearer made-up-2");
        assert.deepEqual(server.tokens, ["Bearer made-up-1", "Bearer made-up-1", "Bearer made-up-2"]);
      }),
  );
});

Deno.test("a token is read again after a minute, and the old one serves while its file is away", async () => {
  await using server = serve(() => "made-up-1");
  let now = Date.parse("2026-01-02T03:04:05Z");
  const world = { ...realWorld(), now: () => new Date(now) };
  await withKubeconfig(
    { server: addressOf(server), user: { tokenFile: "token" }, files: { token: "made-up-1" } },
    (kubeconfig, folder) =>
      connected(world, { kubeconfig, master: undefined }, async (connection) => {
        const ask = async () => await (await connection.request(PATH)).body?.cancel();
        await ask();
        await Deno.writeTextFile(`${folder}/token`, "made-up-2");
        now += 59_000;
        await ask();
        await Deno.remove(`${folder}/token`);
        now += 2_000;
        await ask();
        await Deno.writeTextFile(`${folder}/token`, "made-up-2");
        now += 61_000;
        await assert.rejects(ask(), (e) => e instanceof KubeError && e.status === 401);
        assert.deepEqual(server.tokens.map((token) => token.at(-1)), ["1", "1", "1", "1", "2"].slice(0, 3).concat("2"));
      }),
  );
});

Deno.test("a refused token is not sent again, and the refusal does not repeat it", async () => {
  await using server = serve(() => "made-up-right");
  await withKubeconfig(
    { server: addressOf(server), user: { token: "made-up-wrong" } },
    (kubeconfig) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        await assert.rejects(
          connection.request(PATH),
          (e) => e instanceof KubeError && e.status === 401 && !e.message.includes("made-up-wrong"),
        );
        assert.equal(server.tokens.length, 1);
      }),
  );
});

Deno.test("a missing right is said with what RBAC must grant", async () => {
  await using server = serve(() => "made-up-token", 403);
  await withKubeconfig(
    { server: addressOf(server), user: { token: "made-up-token" } },
    (kubeconfig) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        await assert.rejects(
          connection.request("/apis/example.com/v1/things/one/status?force=true", { method: "PATCH", body: "{}" }),
          (e) =>
            e instanceof KubeError && e.status === 403 &&
            e.message.includes('grant the verb "patch" on "things/status" of API group "example.com" in a ClusterRole'),
        );
      }),
  );
});

Deno.test("a server with another certificate, and none at all, are told apart", async () => {
  const server = serve(() => "made-up-token");
  const options = { server: addressOf(server), user: { token: "made-up-token" }, files: { "ca.crt": OTHER.caPem } };
  await withKubeconfig(
    options,
    (kubeconfig) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        await assert.rejects(
          connection.request(PATH),
          (e) => e instanceof KubeError && /certificate is not/.test(e.message),
        );
        await server.shutdown();
        await assert.rejects(
          connection.request(PATH),
          (e) => e instanceof KubeError && e.retryable && /connection is refused/.test(e.message),
        );
      }),
  );
});

Deno.test("an API server with a CA's own certificate gives an error that says what to do", async () => {
  const { certPem, keyPem } = await peerPair();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: certPem, key: keyPem, onListen: () => {} },
    () => new Response(),
  );
  await withKubeconfig(
    { server: addressOf(server), user: {}, files: { "ca.crt": certPem } },
    (kubeconfig) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        await assert.rejects(
          connection.request(PATH),
          /: its certificate is a CA's own, .*; give it a certificate that a CA issued, and name that CA in "certificate-au/,
        );
      }),
  );
});

Deno.test("a request ends when its signal aborts, with the signal's reason", async () => {
  await using server = serve(() => "made-up-token");
  await withKubeconfig(
    { server: addressOf(server), user: { token: "made-up-token" } },
    (kubeconfig) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        const reason = new RangeError("enough");
        await assert.rejects(connection.request(PATH, { signal: AbortSignal.abort(reason) }), (e) => e === reason);
      }),
  );
});

Deno.test("a context is chosen by name, and --master takes the place of the address", async () => {
  await withKubeconfig({ user: { token: "made-up-token" } }, async (kubeconfig) => {
    const access = await loadAccess(realWorld(), { kubeconfig, context: "x", master: "https://192.0.2.1:1/" });
    assert.equal(access.server, "https://192.0.2.1:1");
    assert.equal(access.token?.kind, "fixed");
  });
});

Deno.test("--master alone is asked without credentials", async () => {
  await using server = serve(() => "");
  await assert.rejects(
    connected(fakeWorld(), { kubeconfig: undefined, master: "http://192.0.2.1" }, async (connection) => {
      assert.equal(connection.server, "http://192.0.2.1");
      await connection.request(PATH);
    }),
    (e) => e instanceof KubeError && /no network/.test(e.message),
  );
  assert.deepEqual(server.tokens, []);
});

for (
  const [why, options] of [
    ["a certificate that is not checked", { cluster: { "insecure-skip-tls-verify": true } }],
    ["a name for TLS", { cluster: { "tls-server-name": "kubernetes" } }],
    ["impersonation", { user: { token: "made-up", as: "admin" } }],
    ["impersonation of groups", { user: { token: "made-up", "as-groups": ["system:masters"] } }],
    ["a password", { user: { username: "admin", password: "made-up" } }],
    ["a plugin of old", { user: { "auth-provider": { name: "oidc", config: {} } } }],
    ["a certificate without its key", { user: { "client-certificate": "ca.crt" } }],
    ["a key without its certificate", { user: { "client-key-data": base64(CERTIFICATE.keyPem) } }],
    ["a broken key", { user: { "client-certificate": "ca.crt", "client-key-data": base64("made-up") } }],
    ["data that is not Base64", { cluster: { "certificate-authority-data": "!" } }],
    ["a client certificate of version 1", {
      user: {
        "client-certificate-data": base64(asVersion1(CERTIFICATE.certPem)),
        "client-key-data": base64(CERTIFICATE.keyPem),
      },
    }],
    ["the key of another client certificate", {
      user: { "client-certificate-data": base64(CERTIFICATE.certPem), "client-key-data": base64(OTHER.keyPem) },
    }],
    ["a key behind a passphrase", {
      user: {
        "client-certificate-data": base64(CERTIFICATE.certPem),
        "client-key-data": base64(CERTIFICATE.keyPem.replaceAll("PRIVATE", "ENCRYPTED PRIVATE")),
      },
    }],
    ["a proxy that is none", { cluster: { "proxy-url": "127.0.0.1:3128" } }],
    ["a proxy of a kind that is not known", { cluster: { "proxy-url": "socks4://made-up:made-up@127.0.0.1" } }],
    ["a proxy without a host", { cluster: { "proxy-url": "http://" } }],
    ["a list", { text: "[]" }],
    ["a text", { text: "six four four three" }],
    ["clusters that are no list", { text: "clusters: {c: {}}" }],
    ["a number as address", { text: "clusters: [{name: c, cluster: {server: 6443}}]" }],
    ["a number as path", { user: { "client-certificate": 5, "client-key": 6 } }],
    ["a list as token", { user: { token: ["made-up"] } }],
    ["a user that is no map", { text: "users: [{name: u, user: made-up}]" }],
    ["a context without a name", { text: "contexts: [{context: {cluster: c}}]" }],
    ["a plugin without a command", { user: { exec: { args: ["made-up"] } } }],
    ["a plugin whose arguments are no texts", { user: { exec: { command: "x", args: [5] } } }],
    ["credentials in clear text", { server: "http://192.0.2.1:8080", user: { token: "made-up" } }],
    ["an address with a password", { server: "https://a:made-up@192.0.2.1" }],
    ["an address that is none", { server: "six four four three" }],
    ["a current context that is not there", { text: "current-context: z\n" }],
    ["nothing", { text: "" }],
    ["a cluster without an address", { text: "clusters: [{name: c, cluster: {}}]" }],
  ] as const
) {
  Deno.test(`connect() refuses a kubeconfig with ${why}`, async () => {
    await withKubeconfig(options, async (kubeconfig) => {
      await assert.rejects(
        connected(realWorld(), { kubeconfig, master: undefined }, () => Promise.resolve()),
        (e) => {
          assert(e instanceof KubeError, String(e));
          assert.match(e.message, /^Cannot [^\n]+: [^\n]+; [^\n]+$/);
          assert.doesNotMatch(e.message, /made-up|TypeError|is not a function|undefined|YAMLException/);
          return true;
        },
      );
    });
  });
}

for (
  const [why, ca] of [["nothing", "nothing"], ["half a certificate", CERTIFICATE.caPem.slice(0, 99)], [
    "other bytes",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  ]] as const
) {
  Deno.test(`connect() refuses a CA file that holds ${why}, and names it`, async () => {
    await withKubeconfig({ files: { "ca.crt": ca } }, async (kubeconfig, folder) => {
      await assert.rejects(
        connect(realWorld(), { kubeconfig, master: undefined }),
        (e) => e instanceof CaBundleError && e.message.includes(`${folder}/ca.crt`),
      );
    });
  });
}

for (
  const [what, dates, want] of [
    [
      "expired",
      { notAfter: new Date("2020-02-02T00:00:00Z"), notBefore: new Date("2019-02-02T00:00:00Z") },
      "expired on 2020-02-02",
    ],
    [
      "is not valid yet",
      { notBefore: new Date("2999-02-02T00:00:00Z"), notAfter: new Date("2999-03-02T00:00:00Z") },
      "from 2999-02-02",
    ],
  ] as const
) {
  Deno.test(`a client certificate that ${what} is named where the API server refuses it, and not before`, async () => {
    await using server = serve(() => "nobody's");
    const { certPem, keyPem } = await makePair("P-256", dates);
    const user = { "client-certificate-data": base64(certPem), "client-key-data": base64(keyPem) };
    await withKubeconfig(
      { server: addressOf(server), user },
      (kubeconfig) =>
        connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
          await assert.rejects(connection.request(PATH), (e) => {
            assert(e instanceof KubeError && e.status === 401 && e.message.includes(want), String(e));
            return true;
          });
        }),
    );
  });
}

Deno.test("a CA bundle without a CA is named where the certificate of the API server is not accepted", async () => {
  await using server = serve(() => "nobody's");
  const leaf = await makePair("P-256");
  const options = { server: addressOf(server), files: { "ca.crt": leaf.certPem } };
  await withKubeconfig(
    options,
    (kubeconfig) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        await assert.rejects(
          connection.request(PATH),
          (e) =>
            e instanceof KubeError && e.message.endsWith("none of the certificates in the CA bundle belongs to a CA"),
        );
      }),
  );
});

Deno.test("connect() refuses a context whose cluster is not there", async () => {
  await withKubeconfig({}, async (kubeconfig) => {
    for (const context of ["y", "z"]) {
      await assert.rejects(
        connect(realWorld(), { kubeconfig, context, master: undefined }),
        (e) => e instanceof KubeError && e.message.includes("choose one of: x, y"),
      );
    }
  });
});

Deno.test("connect() refuses files that cannot be read, and what is not YAML", async () => {
  await withKubeconfig({ text: "a: [" }, async (kubeconfig) => {
    await assert.rejects(
      connect(realWorld(), { kubeconfig, master: undefined }),
      (e) => e instanceof KubeError && e.message.includes(kubeconfig),
    );
    const gone = `${kubeconfig}.gone`;
    await assert.rejects(connect(realWorld(), { kubeconfig: gone, master: undefined }), (e) => e instanceof FileError);
  });
  await withKubeconfig({ cluster: { "certificate-authority": "gone.crt" } }, async (kubeconfig) => {
    await assert.rejects(connect(realWorld(), { kubeconfig, master: undefined }), (e) => e instanceof FileError);
  });
});

for (const [what, token] of [["two lines", "made-up\nmade-up"], ["nothing", ""]] as const) {
  Deno.test(`a token file of ${what} is refused before anything is sent`, async () => {
    await using server = serve(() => "made-up");
    await withKubeconfig(
      { server: addressOf(server), user: { tokenFile: "token" }, files: { token } },
      (kubeconfig) =>
        connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
          await assert.rejects(
            connection.request(PATH),
            (e) => e instanceof KubeError && !e.message.includes("made-up"),
          );
          assert.deepEqual(server.tokens, []);
        }),
    );
  });
}

Deno.test("without kubeconfig and --master, and outside of a pod, connect() says what to name", async () => {
  await assert.rejects(
    connect(fakeWorld(), { kubeconfig: undefined, master: undefined }),
    (e) => e instanceof KubeError && e.message.includes("--kubeconfig"),
  );
});

Deno.test("in a pod, the service account is used: its CA, and the file of its token", async () => {
  const root = await Deno.makeTempDir({ prefix: "pod-" });
  const folder = `${root}/var/run/secrets/kubernetes.io/serviceaccount`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/ca.crt`, CERTIFICATE.caPem);
  await Deno.writeTextFile(`${folder}/token`, "made-up-token");
  const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    const access = await loadAccess(fakeWorld(environment), { kubeconfig: undefined, master: undefined }, root);
    assert.equal(access.server, "https://[fd00::1]:443");
    assert.deepEqual(access.caCerts, [CERTIFICATE.caPem.trim()]);
    assert.deepEqual(access.token, { kind: "file", path: `${folder}/token` });
  } finally {
    for (const name of Object.keys(environment)) Deno.env.delete(name);
    await Deno.remove(root, { recursive: true });
  }
});

/** A plugin that gives its `n`th call's number as token. */
const PLUGIN = `n=$(cat n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > n; ` +
  `echo "{\\"status\\":{\\"token\\":\\"made-up-$n\\"}}"`;

Deno.test("an exec plugin gives the token, and another once that is refused", async () => {
  let known = "made-up-1";
  await using server = serve(() => known);
  const folder = await Deno.makeTempDir({ prefix: "exec-" });
  const user = { exec: { command: "sh", args: ["-c", `cd ${folder}; ${PLUGIN}`] } };
  await withKubeconfig(
    { server: addressOf(server), user },
    (kubeconfig) =>
      connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
        const ask = async () => (await (await connection.request(PATH)).json()).authorization;
        assert.deepEqual([await ask(), await ask()], ["Bearer made-up-1", "Bearer made-up-1"]);
        known = "made-up-2";
        assert.equal(await ask(), "Bearer made-up-2");
      }),
  );
  await Deno.remove(folder, { recursive: true });
});

for (
  const [why, exec, want] of [
    ["is not there", { command: "/nowhere/plugin" }, '"/nowhere/plugin": there is no such program'],
    ["fails", { command: "sh", args: ["-c", "echo who are you >&2; exit 1"] }, "who are you"],
    ["gives no token", { command: "echo", args: ['{"status":{}}'] }, "it gave none"],
    ["gives garbage", { command: "echo", args: ["hello"] }, '"echo": what it printed is not an ExecCredential'],
  ] as const
) {
  Deno.test(`an exec plugin that ${why} is named in the error`, async () => {
    await withKubeconfig(
      { user: { exec } },
      (kubeconfig) =>
        connected(realWorld(), { kubeconfig, master: undefined }, async (connection) => {
          await assert.rejects(connection.request(PATH), (e) => e instanceof KubeError && e.message.includes(want));
        }),
    );
  });
}

Deno.test("an exec plugin that is not named is refused with the kubeconfig", async () => {
  await withKubeconfig({ user: { exec: { args: ["x"] } } }, async (kubeconfig) => {
    await assert.rejects(connected(realWorld(), { kubeconfig, master: undefined }, () => Promise.resolve()), {
      message: /"users\[1\]\.user\.exec\.command" is missing \(line 1\)/,
    });
  });
});

Deno.test("a redirect is an answer like any other, and nobody follows it", async () => {
  await using elsewhere = startScriptedServer([() => new Response("elsewhere")]);
  const location = `${elsewhere.url}${PATH}`;
  await using server = startScriptedServer([() => new Response(null, { status: 307, headers: { location } })]);
  const connection = connectPlainly(realWorld(), server);
  try {
    const response = await connection.request(PATH);
    await response.body?.cancel();
    assert.equal(response.status, 307);
    assert.equal(elsewhere.asked.length, 0);
  } finally {
    connection.close();
  }
});
