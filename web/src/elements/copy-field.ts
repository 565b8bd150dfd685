/** <copy-field>: a field with what one is meant to take along, and the button that copies it. */
import { copyText } from "../clipboard.ts"

/** So long the button says that it is done. */
const SAID = 1500

export class CopyFieldElement extends HTMLElement {
  static define(tag = "copy-field"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()

  connectedCallback(): void {
    const button = this.querySelector("button")
    if (!button) return
    this.#listening = new AbortController()
    button.hidden = false
    button.addEventListener("click", () => void this.#copy(button), { signal: this.#listening.signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  async #copy(button: HTMLButtonElement): Promise<void> {
    const field = this.querySelector("input")
    if (!field) return
    const words = button.textContent
    button.textContent = await copyText(field.value).then(() => "Copied", () => "Press Ctrl+C")
    button.disabled = true
    field.select()
    setTimeout(() => {
      button.disabled = false
      button.textContent = words
    }, SAID)
  }
}
