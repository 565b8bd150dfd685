/** <message-composer data-topic="7">: a form that sends without leaving the page. Enter sends; nothing typed is lost. */
import { newClientId } from "../client_id.ts"
import type { FileTrayElement } from "./file-tray.ts"
import { isPhone, sends } from "../keys.ts"
import { takeReply } from "../replying.ts"
import { send } from "../send.ts"

/** Who goes on typing says so this often. Others are shown it for six seconds, and the server tells it no oftener. */
const TELL_EVERY = 3_000

export class MessageComposerElement extends HTMLElement {
  static define(tag = "message-composer"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #field!: HTMLTextAreaElement
  #tray!: FileTrayElement
  #leavesAfterFiles = false
  #toldAt = -TELL_EVERY

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.#field = this.querySelector("textarea")!
    this.#tray = this.querySelector<FileTrayElement>("file-tray")!
    this.#grow()
    this.addEventListener("input", () => (this.#grow(), this.#tell()), { signal })
    this.addEventListener("keydown", (event) => this.#key(event), { signal })
    this.addEventListener("submit", (event) => this.#send(event), { signal })
    this.addEventListener("draft_shown", () => this.#grow(), { signal })
    this.addEventListener("tray_changed", () => this.#filesChanged(), { signal })
    if (!isPhone() && !location.hash) this.#field.focus({ preventScroll: true })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  /** Let the others know that something is being written. If that does not work, nobody misses anything. */
  #tell(): void {
    const now = performance.now()
    if (!this.#field.value.trim() || now - this.#toldAt < TELL_EVERY) return
    this.#toldAt = now
    send(`/topics/${this.dataset.topic}/typing`, {}).catch(() => {})
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#field || event.defaultPrevented || !sends(event)) return
    event.preventDefault()
    this.querySelector("form")!.requestSubmit()
  }

  #send(event: Event): void {
    event.preventDefault()
    const text = this.#field.value.trim() ? this.#field.value : ""
    if ((!text && this.#tray.isEmpty) || !this.#hasArrived()) return
    const { ids: fileIds, files } = this.#tray.take()
    const detail = { clientId: newClientId(), text, replyTo: takeReply(), fileIds, files }
    this.dispatchEvent(new CustomEvent("message_sending", { bubbles: true, detail }))
    this.#field.value = ""
    this.#grow()
    this.#field.focus()
  }

  /** Whether all files are there. Where some are still on their way, the message leaves by itself after them. */
  #hasArrived(): boolean {
    this.#leavesAfterFiles = this.#tray.isBusy
    if (this.#tray.hasFailed) this.#tray.note("Leave out the file that could not be sent, or try it again.")
    else if (this.#tray.isBusy) this.#tray.note("This is sent as soon as its files have arrived.")
    return !this.#tray.hasFailed && !this.#tray.isBusy
  }

  #filesChanged(): void {
    if (!this.#leavesAfterFiles || this.#tray.isBusy) return
    this.#leavesAfterFiles = false
    this.querySelector("form")!.requestSubmit()
  }

  /** For browsers whose fields do not grow by themselves. */
  #grow(): void {
    if (CSS.supports("field-sizing", "content")) return
    this.#field.style.height = "auto"
    this.#field.style.height = `${this.#field.scrollHeight}px`
  }
}
