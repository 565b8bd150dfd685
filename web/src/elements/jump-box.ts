/** <jump-box>: the field in the rail that finds places while one types. Ctrl+K goes there; Enter without a choice searches messages. */
import { fetchPage } from "../refresh.ts"

/** So many milliseconds after the last key the server is asked. */
const PATIENCE = 120

export class JumpBoxElement extends HTMLElement {
  static define(tag = "jump-box"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #timer = 0

  get #input(): HTMLInputElement | null {
    return this.querySelector("input")
  }

  get #list(): HTMLElement | null {
    return this.querySelector(".jump__list")
  }

  get #items(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".jump__list:not([hidden]) .jump__item")]
  }

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.addEventListener("input", () => this.#askSoon(), { signal })
    this.addEventListener("keydown", (event) => this.#step(event), { signal })
    this.addEventListener("focusout", (event) => this.#leave(event), { signal })
    document.addEventListener("keydown", (event) => this.#come(event), { signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
    clearTimeout(this.#timer)
  }

  #askSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => void this.#ask(), PATIENCE)
  }

  async #ask(): Promise<void> {
    const words = this.#input?.value.trim() ?? ""
    if (!words) return this.#show()
    const found = await fetchPage(`/search/places/?q=${encodeURIComponent(words)}`)
    if (found && this.#input?.value.trim() === words) this.#show(...found.body.childNodes)
  }

  #show(...items: ChildNode[]): void {
    const list = this.#list
    if (!list) return
    list.replaceChildren(...items)
    list.hidden = items.length === 0
  }

  /** The arrows choose, Enter goes there, Escape leaves. */
  #step(event: KeyboardEvent): void {
    if (event.isComposing) return
    const items = this.#items
    const at = items.findIndex((item) => item.classList.contains("is-chosen"))
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? items.length - 1 : at - 1
      items.forEach((item, place) => item.classList.toggle("is-chosen", place === next))
      items[next]?.scrollIntoView({ block: "nearest" })
    } else if (event.key === "Enter" && at >= 0) {
      items[at]?.click()
    } else if (event.key === "Escape") {
      this.#show()
      this.#input?.blur()
    } else {
      return
    }
    event.preventDefault()
  }

  #leave(event: FocusEvent): void {
    if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) this.#show()
  }

  /** From anywhere. On a phone the rail is brought out first; on the page of search its own field is nearer. */
  #come(event: KeyboardEvent): void {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    event.preventDefault()
    const field = document.querySelector<HTMLInputElement>("search-page input[type=search]") ?? this.#input
    const rail = field && this.contains(field) ? this.closest<HTMLElement>("[popover]") : null
    if (rail && getComputedStyle(rail).display === "none") rail.showPopover()
    field?.focus()
    field?.select()
  }
}
