/** <message-editor>: stands in the place of what a message says while its author writes it anew. Enter saves, Escape leaves it. */
import type { Message } from "../facts.ts"
import { sends } from "../keys.ts"
import { look, send, SendError } from "../send.ts"

export class MessageEditorElement extends HTMLElement {
  static define(tag = "message-editor"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()

  get #row(): HTMLElement {
    return this.closest<HTMLElement>(".message")!
  }

  get #field(): HTMLTextAreaElement {
    return this.querySelector("textarea")!
  }

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.addEventListener("keydown", (event) => this.#key(event), { signal })
    this.addEventListener("submit", (event) => void this.#save(event), { signal })
    this.querySelector("[data-action=leave]")!.addEventListener("click", () => this.#leave(), { signal })
    this.#field.focus()
    this.#field.setSelectionRange(this.#field.value.length, this.#field.value.length)
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) this.#leave()
    if (!sends(event)) return
    event.preventDefault()
    this.querySelector("form")!.requestSubmit()
  }

  async #save(event: Event): Promise<void> {
    event.preventDefault()
    const text = this.#field.value
    if (!text.trim()) return
    try {
      const message = await send<Message>(`/messages/${this.#row.dataset.message}`, { text }, "PATCH")
      this.#row.classList.remove("is-editing")
      document.dispatchEvent(new CustomEvent("message_saved", { detail: { message } }))
    } catch (error) {
      this.querySelector('[data-field="problem"]')!.textContent = error instanceof SendError ? error.message : "Not saved."
    }
  }

  #leave(): void {
    this.#row.classList.remove("is-editing")
    this.remove()
    document.querySelector<HTMLElement>("message-composer textarea")?.focus({ preventScroll: true })
  }
}

/** Let a message be edited where it stands; where its text cannot be had, on the page that *link* leads to. */
export async function edit(row: HTMLElement, link: HTMLAnchorElement): Promise<void> {
  link.closest<HTMLElement>("[popover]")?.hidePopover()
  if (row.classList.contains("is-editing")) return
  row.classList.add("is-editing")
  const message = await look<{ text: string }>(`/messages/${row.dataset.message}`)
  if (!message) return location.assign(link.href)
  const template = document.querySelector<HTMLTemplateElement>("template#editor")!
  const editor = template.content.firstElementChild!.cloneNode(true) as HTMLElement
  editor.querySelector("textarea")!.value = message.text
  row.querySelector(".message__text")!.after(editor)
}
