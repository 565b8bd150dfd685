/** <catch-up>: all that is unread, topic by topic. A topic that is read goes at once, and the next one has the focus. */
import { send } from "../send.ts"

export class CatchUpElement extends HTMLElement {
  static define(tag = "catch-up"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.addEventListener("submit", (event) => this.#read(event), { signal })
    document.addEventListener("unread_wanted", (event) => this.#step(event), { signal })
    document.addEventListener("topic_read", ({ detail }) => !detail.unread && this.#remove(detail.topic_id), { signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  /** The event that says it is read takes it off this page, as off every other. */
  #read(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement
    if (!form.dataset.topic) return
    event.preventDefault()
    const seq = Number(new FormData(form).get("seq"))
    send(`/topics/${form.dataset.topic}/read`, { seq }).catch(() => form.submit())
  }

  #remove(topicId: number): void {
    const section = this.querySelector<HTMLElement>(`#topic-${topicId}`)
    if (!section) return
    const after = this.#beside(section, 1) ?? this.#beside(section, -1)
    const focused = section.contains(document.activeElement)
    const group = section.previousElementSibling
    section.remove()
    if (group?.matches("h2") && !group.nextElementSibling?.matches("section")) group.remove()
    if (focused) after?.querySelector("button")?.focus()
  }

  #step(event: CustomEvent<{ forward: boolean }>): void {
    event.preventDefault()
    const sections = this.#sections
    const here = sections.findIndex((section) => section.contains(document.activeElement))
    const next = sections.at(event.detail.forward ? (here + 1) % sections.length : Math.max(here, 0) - 1)
    next?.querySelector<HTMLElement>("h3 a")?.focus({ preventScroll: true })
    next?.scrollIntoView({ block: "start" })
  }

  #beside(section: HTMLElement, step: number): HTMLElement | undefined {
    const sections = this.#sections
    return sections[sections.indexOf(section) + step]
  }

  get #sections(): HTMLElement[] {
    return [...this.querySelectorAll("section")]
  }
}
