/**
 * Texts, found by what another text starts or ends with: one step for each character that agrees, however many texts
 * are kept.
 *
 * @module
 */

/** Which end of the texts is compared. */
export type End = "start" | "end";

/** Texts that agree up to here, and how they go on, by UTF-16 unit. */
interface Node<Value> {
  value: Value | undefined;
  readonly next: Map<number, Node<Value>>;
}

/** Keeps a value for each of some texts. */
export class PrefixTree<Value> {
  readonly #root: Node<Value> = { value: undefined, next: new Map() };
  readonly #end: End;

  /** @param end where another text must agree with those that are kept */
  constructor(end: End) {
    this.#end = end;
  }

  /** Whether nothing is kept. */
  get isEmpty(): boolean {
    return this.#root.value === undefined && this.#root.next.size === 0;
  }

  get(text: string): Value | undefined {
    return this.#path(text)?.at(-1)?.value;
  }

  set(text: string, value: Value): void {
    let node = this.#root;
    for (let i = 0; i < text.length; i += 1) {
      const unit = this.#unit(text, i);
      const next: Node<Value> = node.next.get(unit) ?? { value: undefined, next: new Map() };
      node.next.set(unit, next);
      node = next;
    }
    node.value = value;
  }

  /** Forgets a text, and the steps that lead to nothing else. */
  delete(text: string): void {
    const path = this.#path(text);
    const last = path?.at(-1);
    if (path === undefined || last === undefined) return;
    last.value = undefined;
    for (let i = text.length - 1; i >= 0; i -= 1) {
      const node = path[i + 1]!;
      if (node.value !== undefined || node.next.size > 0) return;
      path[i]!.next.delete(this.#unit(text, i));
    }
  }

  /** Tells the values of all kept texts with which `text` starts (or ends), the shortest first. */
  visit(text: string, see: (value: Value) => void): void {
    let node: Node<Value> | undefined = this.#root;
    for (let i = 0; node !== undefined; i += 1) {
      if (node.value !== undefined) see(node.value);
      if (i === text.length) return;
      node = node.next.get(this.#unit(text, i));
    }
  }

  /** The nodes from the root to that of `text`, or `undefined` where there is none. */
  #path(text: string): readonly Node<Value>[] | undefined {
    const path = [this.#root];
    for (let i = 0; i < text.length; i += 1) {
      const node = path[i]!.next.get(this.#unit(text, i));
      if (node === undefined) return undefined;
      path.push(node);
    }
    return path;
  }

  #unit(text: string, i: number): number {
    return text.charCodeAt(this.#end === "start" ? i : text.length - 1 - i);
  }
}
