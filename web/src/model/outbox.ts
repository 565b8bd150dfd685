/** What somebody sent and the server has not said it has. It outlives the page. */
import type { SentFile } from "../facts.ts"

export interface Unsent {
  clientId: string
  text: string
  replyTo?: number | null
  draftRevision?: number
  /** Files that the server has already; those of an earlier page are known by their ids alone. */
  fileIds?: number[]
  files?: SentFile[]
}

/** The part of Web Storage that is needed. It may be full or forbidden; then the page alone remembers. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">

export class Outbox {
  readonly #key: string
  #unsent: Unsent[]

  constructor(readonly shelf: () => Shelf, userId: number, topicId: number) {
    this.#key = `${userId}:${topicId}`
    this.#unsent = JSON.parse(this.#read("unsent") || "[]") as Unsent[]
  }

  get unsent(): readonly Unsent[] {
    return this.#unsent
  }

  add(message: Unsent): void {
    this.#unsent = [...this.#unsent.filter(({ clientId }) => clientId !== message.clientId), message]
    this.#keep()
  }

  /** The server has it. Answers whether it was one of ours. */
  remove(clientId: string): boolean {
    const before = this.#unsent.length
    this.#unsent = this.#unsent.filter((message) => message.clientId !== clientId)
    if (this.#unsent.length === before) return false
    this.#keep()
    return true
  }

  #keep(): void {
    this.#write("unsent", this.#unsent.length ? JSON.stringify(this.#unsent) : "")
  }

  #read(what: string): string {
    try {
      return this.shelf().getItem(`${what}:${this.#key}`) ?? ""
    } catch {
      return ""
    }
  }

  #write(what: string, text: string): void {
    try {
      if (text) this.shelf().setItem(`${what}:${this.#key}`, text)
      else this.shelf().removeItem(`${what}:${this.#key}`)
    } catch {
      // forbidden or full: what is written stays on the page
    }
  }
}
