/** <send-later data-topic="7">: asks when what stands in the composer is to be sent, in the reader's own zone. */
import { choices, localValue } from "../model/later.ts"
import { inShape } from "../model/times.ts"
import { takeReply } from "../replying.ts"
import { send } from "../send.ts"
import type { FileTrayElement } from "./file-tray.ts"
import { newClientId } from "../client_id.ts"

export class SendLaterElement extends HTMLElement {
  static define(tag = "send-later"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #clientId = ""

  get #composer(): HTMLElement {
    return this.closest<HTMLElement>("message-composer")!
  }

  get #field(): HTMLTextAreaElement {
    return this.#composer.querySelector("textarea")!
  }

  get #tray(): FileTrayElement {
    return this.#composer.querySelector<FileTrayElement>("file-tray")!
  }

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.#composer.addEventListener("click", (event) => this.#click(event), { signal })
    this.#composer.addEventListener("input", (event) => this.#input(event), { signal, capture: true })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  /** A time that is chosen here is nothing that is written. Whoever writes on has read the note. */
  #input(event: Event): void {
    if (this.contains(event.target as Node)) event.stopPropagation()
    else this.#note.replaceChildren()
  }

  get #note(): Element {
    return this.#composer.querySelector('[data-field="later-note"]')!
  }

  #click(event: MouseEvent): void {
    const pressed = (event.target as Element).closest<HTMLElement>("[data-action]")
    if (pressed?.dataset.action === "later") {
      event.preventDefault()
      this.#open(pressed)
    } else if (pressed?.dataset.action === "choose") void this.#schedule(new Date(pressed.dataset.at!))
    else if (pressed?.dataset.action === "schedule") void this.#schedule(new Date(this.#at.value))
  }

  #open(button: HTMLElement): void {
    const now = new Date()
    this.#clientId = newClientId()
    this.#say("")
    this.querySelector('[data-field="choices"]')!.replaceChildren(...choices(now).map(({ label, at }) => choice(label, at, now)))
    Object.assign(this.#at, { min: localValue(now), value: localValue(choices(now).at(-1)!.at) })
    this.showPopover({ source: button } as unknown as undefined)
  }

  async #schedule(at: Date): Promise<void> {
    const text = this.#field.value.trim() ? this.#field.value : ""
    if (Number.isNaN(at.getTime())) return this.#say("Choose a time first.")
    if (!text && this.#tray.isEmpty) return this.#say("Write something first.")
    if (this.#tray.isBusy || this.#tray.hasFailed) return this.#say("Wait for the files first.")
    const body = { text, send_at: at.toISOString(), client_id: this.#clientId, ...this.#more() }
    try {
      await send(`/topics/${this.dataset.topic}/scheduled`, body)
    } catch (error) {
      return this.#say((error as Error).message.replace("Not sent: ", ""))
    }
    this.#done(at)
  }

  #more(): object {
    const value = (name: string): string => this.#composer.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value ?? ""
    const ids = [...this.#composer.querySelectorAll<HTMLInputElement>("input[name=file_ids]")].map((input) => Number(input.value)).filter(Boolean)
    return { reply_to: Number(value("reply_to")) || null, draft_revision: Number(value("revision")), file_ids: ids }
  }

  #done(at: Date): void {
    this.hidePopover()
    this.#field.value = ""
    this.#tray.take()
    takeReply()
    this.#composer.dispatchEvent(new CustomEvent("draft_sent", { bubbles: true }))
    this.#field.dispatchEvent(new CustomEvent("draft_shown", { bubbles: true }))
    const link = Object.assign(document.createElement("a"), { href: "/drafts/", textContent: "Change" })
    this.#note.replaceChildren(`Will be sent ${inShape(at, "due", new Date())}. `, link)
    this.#field.focus()
  }

  get #at(): HTMLInputElement {
    return this.querySelector<HTMLInputElement>('[data-field="at"]')!
  }

  #say(sentence: string): void {
    this.querySelector('[data-field="problem"]')!.textContent = sentence
  }
}

function choice(label: string, at: Date, now: Date): HTMLElement {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "menu__item later__choice" })
  Object.assign(button.dataset, { action: "choose", at: at.toISOString() })
  button.append(label, Object.assign(document.createElement("small"), { textContent: inShape(at, "clock", now) }))
  return button
}
