/**
 * A value that must never be printed by accident: access key secrets, security tokens, private keys.
 *
 * @module
 */

const REDACTED = "[redacted]";

/** Holds a secret text. Every way of printing it yields `[redacted]`; only {@linkcode Secret.reveal} yields the text. */
export class Secret {
  readonly #text: string;

  /** Trust: whoever configured the credentials chose the text. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself. Call it only where the value is used, so that a search for `reveal(` lists every use. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }
}
