/** Who is typing: told every few seconds while they do, and no longer so a moment after the last telling. */

/** Milliseconds for which a telling holds: twice as long as the pause between two, so that one may be lost. */
export const HOLDS = 6_000

export class Typists {
  readonly #until = new Map<number, number>()

  tell(userId: number, now: number): void {
    this.#until.set(userId, now + HOLDS)
  }

  /** They have sent what they wrote. */
  forget(userId: number): void {
    this.#until.delete(userId)
  }

  /** Those who type now, in the order in which they began. */
  at(now: number): number[] {
    for (const [userId, until] of this.#until) if (until <= now) this.#until.delete(userId)
    return [...this.#until.keys()]
  }

  /** When the next one of them stops if nothing more is told; null while nobody types. */
  get end(): number | null {
    return this.#until.size ? Math.min(...this.#until.values()) : null
  }
}

export function typingSentence(names: string[]): string {
  if (!names.length) return ""
  if (names.length > 2) return "Several people are typing"
  return names.length === 1 ? `${names[0]} is typing` : `${names[0]} and ${names[1]} are typing`
}
