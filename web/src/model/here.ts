/** Who is online: what was looked up once, and since then what the stream tells. */

/** The server's answer (convore_lite/routes/pages/people.py). A group without *members* is a crowd: only its count is known. */
export interface Looked {
  online: number[]
  groups: { id: number; online: number; members: number[] | null }[]
}

export class Here {
  #online = new Set<number>()
  #members = new Map<number, number[]>()
  #crowds = new Map<number, number>()
  #known = new Set<number>()
  /** What was told on this stream. It is never older than a look at the server by more than the telling takes. */
  readonly #told = new Map<number, boolean>()

  /** Another stream has begun: what was told before may have changed while nobody listened. */
  begin(): void {
    this.#told.clear()
  }

  /** *asked* are people who were asked for by their ids, beside the members of one's groups. */
  look(looked: Looked, asked: number[]): void {
    this.#online = new Set(looked.online)
    this.#members = new Map(looked.groups.flatMap(({ id, members }) => (members ? [[id, members]] : [])))
    this.#crowds = new Map(looked.groups.flatMap(({ id, online, members }) => (members ? [] : [[id, online]])))
    this.#known = new Set([...asked, ...[...this.#members.values()].flat()])
  }

  tell(userId: number, online: boolean): void {
    this.#told.set(userId, online)
  }

  get hasCrowds(): boolean {
    return this.#crowds.size > 0
  }

  /** Null where nothing is known of somebody: the page is right about them, as far as one can know. */
  isOnline(userId: number): boolean | null {
    return this.#told.get(userId) ?? (this.#known.has(userId) ? this.#online.has(userId) : null)
  }

  /** How many of a group are online; null before the first look. */
  count(groupId: number): number | null {
    const members = this.#members.get(groupId)
    return members?.filter((userId) => this.isOnline(userId)).length ?? this.#crowds.get(groupId) ?? null
  }
}
