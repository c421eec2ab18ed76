/**
 * Kubeconfigs as people have them: written by kubectl, by the clouds' tools and by hand. Every credential is made up.
 *
 * @module
 */

/** A token that must not be shown. */
export const SECRET_TOKEN = "made-up-token-that-must-not-show";

/** Base64 that must not be shown. */
export const SECRET_KEY = "TWFkZVVwS2V5VGhhdE11c3ROb3RTaG93";

const KUBECTL = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: TWFkZSB1cA==
    server: https://192.0.2.1:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    namespace: kube-system
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
preferences: {}
users:
- name: kubernetes-admin
  user:
    client-certificate-data: TWFkZSB1cA==
    client-key-data: ${SECRET_KEY}
- name: sso
  user:
    auth-provider:
      config:
        idp-issuer-url: https://sso.example.com
        id-token: ${SECRET_TOKEN}
      name: oidc
`;

const BY_HAND = `# Clusters of the platform team. Ask in #platform before you change anything.
---
apiVersion: v1
kind: Config

clusters:
  # production
  - name: prod   # in Frankfurt
    cluster:
      server:   'https://prod.example.com'
      certificate-authority: "/etc/ssl/prod.pem"
      extensions:
        - name: owner
          extension: {team: platform, "on call": "yes"}
  # staging
  - name: "staging"
    cluster: {server: "https://staging.example.com", insecure-skip-tls-verify: true}

users:
  - name: deploy
    user:
      token: >-
        ${SECRET_TOKEN}
    # rotated every month
  - name: legacy
    user: {token: ${SECRET_TOKEN}}

contexts: []   # none yet

# vim: ft=yaml
`;

const ANCHORS = `apiVersion: v1
kind: Config
clusters:
- name: a
  cluster: &cluster
    server: https://a.example.com
- name: b
  cluster: *cluster
users:
- name: one
  user: &user
    token: ${SECRET_TOKEN}
- name: two
  user: *user
contexts:
- {name: a, context: {cluster: a, user: one}}
- {name: b, context: {cluster: b, user: two}}
current-context: ""
`;

const OBJECT = {
  kind: "Config",
  apiVersion: "v1",
  preferences: {},
  clusters: [{ name: "kind-kind", cluster: { server: "https://127.0.0.1:41001" } }],
  users: [{ name: "kind-kind", user: { token: SECRET_TOKEN } }],
  contexts: [{ name: "kind-kind", context: { cluster: "kind-kind", user: "kind-kind" } }],
  "current-context": "kind-kind",
};

const EMPTY = `apiVersion: v1
clusters: null
contexts: null
current-context: ""
kind: Config
preferences: {}
users: null
`;

/** The texts, by what is special about each. */
export const KUBECONFIGS: Readonly<Record<string, string>> = {
  "of kubectl": KUBECTL,
  "of kubectl, with line ends of Windows": KUBECTL.replaceAll("\n", "\r\n"),
  "of kubectl, with a byte order mark": `\uFEFF${KUBECTL}`,
  "of kubectl, without a last line end": KUBECTL.trimEnd(),
  "of kubectl, with an end of the document": `${KUBECTL}...\n`,
  "of kubectl, with no entries": EMPTY,
  "by hand": BY_HAND,
  "by hand, with line ends of Windows": BY_HAND.replaceAll("\n", "\r\n"),
  "with anchors and aliases": ANCHORS,
  "in JSON": JSON.stringify(OBJECT, null, 4),
  "in JSON, indented by tabs": `${JSON.stringify(OBJECT, null, "\t")}\n`,
  "in JSON, with line ends of Windows": JSON.stringify(OBJECT, null, 2).replaceAll("\n", "\r\n"),
  "in JSON, on one line": JSON.stringify(OBJECT),
  "in JSON, with no entries": JSON.stringify({ kind: "Config", clusters: [], users: [], contexts: [] }, null, 2),
  "in braces": `{kind: Config, # a comment
 users: [{name: a, user: {token: ${SECRET_TOKEN}}}], clusters: [{name: c, cluster: {server: "https://c.example.com"}}]}\n`,
  "with nothing but its kind": "kind: Config\napiVersion: v1\n",
};

/** The token in a webhook kubeconfig; `undefined` where it has none. */
export async function webhookTokenIn(kubeconfig: string): Promise<string | undefined> {
  return /^ *token: (\S+)$/m.exec(await Deno.readTextFile(kubeconfig))?.[1];
}

/** The headers of a review. @param kubeconfig whose token is shown; without one, none is */
export async function askingHeaders(kubeconfig: string | undefined): Promise<Record<string, string>> {
  const token = kubeconfig === undefined ? undefined : await webhookTokenIn(kubeconfig);
  return { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
}
