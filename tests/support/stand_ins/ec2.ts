/**
 * An EC2 of tests: a loopback server that answers DescribeInstances by a script, in the XML of the vendor's examples.
 *
 * @module
 */

/** What an EC2 was asked. */
export interface AskedOfEc2 {
  readonly path: string;
  readonly headers: Headers;
  readonly form: URLSearchParams;
}

/** An EC2 on loopback that answers by a script, and a client for it. */
export interface ScriptedEc2 extends AsyncDisposable {
  readonly asked: readonly AskedOfEc2[];
  readonly client: Deno.HttpClient;
  /** The URL that stands in place of the region's. */
  readonly endpoint: string;
}

/** Starts one. `answer` is called for each request. */
export function startEc2(answer: () => Response): ScriptedEc2 {
  const asked: AskedOfEc2[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname: path } = new URL(request.url);
    asked.push({ path, headers: request.headers, form: new URLSearchParams(await request.text()) });
    return answer();
  });
  const client = Deno.createHttpClient({ http2: false });
  return {
    asked,
    client,
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      client.close();
      await server.shutdown();
    },
  };
}

/** An answer of EC2. */
export function xml(body: string, status = 200): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`, {
    status,
    headers: { "content-type": "text/xml;charset=UTF-8" },
  });
}

/** Reservations of one instance each, as EC2 writes them. */
export function described(instances: Readonly<Record<string, string>>, more = ""): Response {
  const sets = Object.entries(instances).map(([id, name]) =>
    `<item><reservationId>r-1</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>` +
    `<instanceId>${id}</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name>` +
    `</instanceState><privateDnsName>${name}</privateDnsName><dnsName/></item></instancesSet></item>`
  );
  return xml(
    `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>` +
      `<reservationSet>${sets.join("")}</reservationSet>${more}</DescribeInstancesResponse>`,
  );
}
