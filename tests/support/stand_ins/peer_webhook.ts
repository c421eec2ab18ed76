/**
 * The webhook kubeconfig as both peers write it. Source: aws-iam-authenticator 0.7, observed.
 *
 * @module
 */

/** Builds its text. @param caBase64 the certificate to trust, as PEM in base64 */
export function peerWebhookKubeconfig(
  { peer, port, caBase64 }: { readonly peer: string; readonly port: number; readonly caBase64: string },
): string {
  return `
clusters:
  - name: ${peer}
    cluster:
      certificate-authority-data: ${caBase64}
      server: https://localhost:${port}/authenticate
# user refers to the API server client
users:
  - name: apiserver
current-context: webhook
contexts:
- name: webhook
  context:
    cluster: ${peer}
    user: apiserver
`;
}
