/** What one writes in a topic, in step with the server and so with one's other devices. Two texts never become one unseen. */

export interface Written {
  text: string
  replyTo: number | null
  fileIds: number[]
}

/** As the server has it. */
export interface Saved extends Written {
  revision: number
}

/** What is written here and not saved yet, and on top of which revision: it outlives the page. */
export type Kept = Saved

export const NOTHING: Written = { text: "", replyTo: null, fileIds: [] }

export class Draft {
  #written: Written
  #known: Saved
  #other: Saved | null = null

  /** *known* is what the server had when the page was made. *kept* is what an earlier page could not save any more. */
  constructor(known: Saved, kept: Kept | null) {
    this.#known = known
    this.#written = known
    if (!kept) return
    this.#written = kept
    if (kept.revision !== known.revision) this.learn(known)
  }

  get written(): Written {
    return this.#written
  }

  get revision(): number {
    return this.#known.revision
  }

  /** What another device wrote meanwhile, where it is for the writer to say what becomes of the two. */
  get other(): Saved | null {
    return this.#other
  }

  get isSaved(): boolean {
    return same(this.#written, this.#known)
  }

  write(written: Written): void {
    this.#written = written
  }

  /** The server has saved that, as this revision. */
  saved(saved: Saved): void {
    if (saved.revision >= this.#known.revision) this.#known = saved
  }

  /** The server has something else than was known here. Where one of two texts holds the other, the longer one is both. */
  learn(there: Saved): void {
    if (there.revision < this.#known.revision) return
    const untouched = this.isSaved
    this.#known = there
    if (untouched || holds(there, this.#written)) this.#written = there
    this.#other = same(there, this.#written) || holds(this.#written, there) ? null : there
  }

  useOther(): void {
    if (this.#other) this.#written = this.#other
    this.#other = null
  }

  keepMine(): void {
    this.#other = null
  }

  keepBoth(): void {
    if (this.#other) this.#written = together(this.#other, this.#written)
    this.#other = null
  }

  /** A message is taken back: the server has put it before what it knew of, and so it goes before what is written here. */
  takeBack(message: Written, there: Saved): void {
    this.#written = this.isSaved ? there : together(message, this.#written)
    this.#known = there
    this.#other = null
  }
}

export function together(one: Written, other: Written): Written {
  return {
    text: [one.text, other.text].filter(Boolean).join("\n\n"),
    replyTo: one.replyTo ?? other.replyTo,
    fileIds: [...new Set([...one.fileIds, ...other.fileIds])],
  }
}

function same(one: Written, other: Written): boolean {
  return one.text === other.text && one.replyTo === other.replyTo && one.fileIds.join() === other.fileIds.join()
}

/** Whether nothing is lost of *other* where *one* takes its place. */
function holds(one: Written, other: Written): boolean {
  return one.text.includes(other.text.trim()) && other.fileIds.every((id) => one.fileIds.includes(id))
}
