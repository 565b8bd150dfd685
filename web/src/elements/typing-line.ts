/** <typing-line data-topic="7">: who is writing something here at the moment. Its height is fixed, so that nothing moves. */
import type { Message, Moment } from "../facts.ts"
import { Typists, typingSentence } from "../model/typists.ts"
import { findName, knownName } from "../people.ts"

/** It is spoken when somebody begins, and not again within this time: who listens wants to hear messages. */
const SPOKEN_EVERY = 30_000

export class TypingLineElement extends HTMLElement {
  static define(tag = "typing-line"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  readonly #typists = new Typists()
  readonly #line = part("p", "typing__line")
  readonly #words = document.createElement("span")
  readonly #spoken = part("p", "unseen")
  #spokenAt = -SPOKEN_EVERY
  #ending: ReturnType<typeof setTimeout> | undefined

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.#line.ariaHidden = "true"
    this.#line.hidden = true
    this.#line.replaceChildren(dots(), this.#words)
    this.#spoken.ariaLive = "polite"
    this.replaceChildren(this.#line, this.#spoken)
    document.addEventListener("typing", ({ detail }) => void this.#tell(detail), { signal })
    document.addEventListener("message_posted", ({ detail }) => this.#posted(detail.message), { signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
    clearTimeout(this.#ending)
  }

  async #tell({ topic_id, user_id }: Moment<"typing">): Promise<void> {
    if (topic_id !== Number(this.dataset.topic)) return
    this.#typists.tell(user_id, performance.now())
    this.#show()
    if (knownName(user_id) !== null) return
    await findName(user_id)
    this.#show()
  }

  #posted({ topic_id, author }: Message): void {
    if (topic_id !== Number(this.dataset.topic)) return
    this.#typists.forget(author.id)
    this.#show()
  }

  #show(): void {
    const now = performance.now()
    const names = this.#typists.at(now).map(knownName).filter((name) => name !== null)
    this.#say(typingSentence(names), now)
    clearTimeout(this.#ending)
    const { end } = this.#typists
    if (end !== null) this.#ending = setTimeout(() => this.#show(), end - now)
  }

  #say(sentence: string, now: number): void {
    if (!this.#words.textContent && sentence && now - this.#spokenAt >= SPOKEN_EVERY) {
      this.#spoken.textContent = sentence
      this.#spokenAt = now
    } else if (!sentence) this.#spoken.textContent = ""
    if (this.#words.textContent !== sentence) this.#words.textContent = sentence
    this.#line.hidden = !sentence
  }
}

function part(tag: "p", className: string): HTMLElement {
  return Object.assign(document.createElement(tag), { className })
}

function dots(): HTMLElement {
  const three = Object.assign(document.createElement("span"), { className: "typing__dots" })
  three.append(...[1, 2, 3].map(() => document.createElement("i")))
  return three
}
