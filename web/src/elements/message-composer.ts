/** <message-composer data-topic="7">: a form that sends without leaving the page. Enter sends; nothing typed is lost. */
import { current } from "../current.ts"
import { isPhone, sends } from "../keys.ts"
import { Outbox } from "../model/outbox.ts"
import { send } from "../send.ts"

/** Who goes on typing says so this often. Others are shown it for six seconds, and the server tells it no oftener. */
const TELL_EVERY = 3_000

export class MessageComposerElement extends HTMLElement {
  static define(tag = "message-composer"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #outbox!: Outbox
  #field!: HTMLTextAreaElement
  #toldAt = -TELL_EVERY

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.#field = this.querySelector("textarea")!
    this.#outbox = new Outbox(() => localStorage, current.id, Number(this.dataset.topic))
    if (!this.#field.value) this.#field.value = this.#outbox.draft
    this.#grow()
    this.addEventListener("input", () => (this.#typed(), this.#tell()), { signal })
    this.addEventListener("keydown", (event) => this.#key(event), { signal })
    this.addEventListener("submit", (event) => this.#send(event), { signal })
    if (!isPhone() && !location.hash) this.#field.focus({ preventScroll: true })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  #typed(): void {
    this.#outbox.draft = this.#field.value
    this.#grow()
  }

  /** Let the others know that something is being written. If that does not work, nobody misses anything. */
  #tell(): void {
    const now = performance.now()
    if (!this.#field.value.trim() || now - this.#toldAt < TELL_EVERY) return
    this.#toldAt = now
    send(`/topics/${this.dataset.topic}/typing`, {}).catch(() => {})
  }

  #key(event: KeyboardEvent): void {
    if (!sends(event)) return
    event.preventDefault()
    this.querySelector("form")!.requestSubmit()
  }

  #send(event: Event): void {
    event.preventDefault()
    const text = this.#field.value
    if (!text.trim()) return
    this.dispatchEvent(new CustomEvent("message_sending", { bubbles: true, detail: { clientId: newClientId(), text } }))
    this.#field.value = ""
    this.#typed()
    this.#field.focus()
  }

  /** For browsers whose fields do not grow by themselves. */
  #grow(): void {
    if (CSS.supports("field-sizing", "content")) return
    this.#field.style.height = "auto"
    this.#field.style.height = `${this.#field.scrollHeight}px`
  }
}

/** 128 random bits. crypto.randomUUID is missing on plain HTTP. */
function newClientId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
}
