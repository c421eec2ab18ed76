/**
 * A name server that knows the IPv4 address of a few names, and nothing else.
 *
 * Source: RFC 1035, section 4.1.
 *
 * @module
 */

/** Where resolvers look for one: `resolv.conf` names no port. */
const PORT = 53;

const [TYPE_A, CLASS_IN] = [1, 1];

/** Bits of a header: this is an answer, of whom the name belongs to; and that a name is not known. */
const [ANSWER, NAME_ERROR] = [0x8400, 3];

const [HEADER_BYTES, TTL_S] = [12, 60];

/** One that listens; `await using` ends it. */
export interface NameServer extends AsyncDisposable {
  /** For `resolv.conf`. */
  readonly address: string;
  /** The names that were asked for, in lower case. */
  readonly asked: ReadonlySet<string>;
}

/** Starts one on an address of loopback that is hardly anybody else's; it needs root. */
export function startNameServer(addresses: Readonly<Record<string, string>>): NameServer {
  const address = `127.${[0, 0, 0].map(() => 1 + Math.floor(Math.random() * 254)).join(".")}`;
  const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: PORT });
  const asked = new Set<string>();
  const serving = (async () => {
    for await (const [question, from] of socket) {
      const { name, type, end } = readQuestion(question);
      asked.add(name);
      const known = addresses[name];
      await socket.send(answer(question.subarray(0, end), known, type === TYPE_A), from);
    }
  })();
  return {
    address,
    asked,
    async [Symbol.asyncDispose]() {
      socket.close();
      await serving;
    },
  };
}

function readQuestion(bytes: Uint8Array): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = bytes[at]!; length > 0; length = bytes[at]!) {
    labels.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: bytes[at + 2]!, end: at + 5 };
}

function answer(question: Uint8Array, address: string | undefined, isForIpv4: boolean): Uint8Array {
  const hasAddress = address !== undefined && isForIpv4;
  const record = hasAddress
    ? [0xc0, HEADER_BYTES, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, TTL_S, 0, 4, ...address.split(".").map(Number)]
    : [];
  const bytes = new Uint8Array([...question, ...record]);
  const header = new DataView(bytes.buffer);
  header.setUint16(2, ANSWER | (address === undefined ? NAME_ERROR : 0));
  header.setUint16(4, 1);
  header.setUint16(6, hasAddress ? 1 : 0);
  header.setUint32(8, 0);
  return bytes;
}
