/** <search-page>: the field of the page of search. What was found is shown while one types; the arrows go through it. */
import { showInstead } from "../refresh.ts"

/** So many milliseconds after the last key the server is asked. */
const PATIENCE = 200

export class SearchPageElement extends HTMLElement {
  static define(tag = "search-page"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #timer = 0

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    const form = this.querySelector("form")
    this.#sayZone()
    form?.addEventListener("input", () => this.#lookSoon(form), { signal })
    form?.addEventListener("submit", (event) => this.#submit(event, form), { signal })
    document.addEventListener("keydown", (event) => this.#step(event), { signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
    clearTimeout(this.#timer)
  }

  /** A day begins when it begins here. */
  #sayZone(): void {
    const field = this.querySelector<HTMLInputElement>("input[name=zone]")
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    if (!field?.disabled || !timeZone || timeZone === "UTC") return
    field.value = timeZone
    field.disabled = false
  }

  #lookSoon(form: HTMLFormElement): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => void this.#look(form), PATIENCE)
  }

  async #look(form: HTMLFormElement): Promise<void> {
    const address = new URL(form.action)
    for (const [name, value] of new FormData(form)) if (typeof value === "string") address.searchParams.set(name, value)
    await showInstead(address.href, "page")
  }

  #submit(event: SubmitEvent, form: HTMLFormElement): void {
    event.preventDefault()
    clearTimeout(this.#timer)
    void this.#look(form)
  }

  /** Down from the field into what was found, up and down in it, and Escape back. */
  #step(event: KeyboardEvent): void {
    const field = this.querySelector<HTMLInputElement>("input[type=search]")
    const items = [...document.querySelectorAll<HTMLElement>("[data-part=page] :is(a.item, a.jump__item)")]
    const here = document.activeElement
    const at = items.findIndex((item) => item === here)
    if (event.isComposing || !field || (at < 0 && here !== field)) return
    if (event.key === "ArrowDown") items[at + 1]?.focus()
    else if (event.key === "ArrowUp" && at >= 0) (items[at - 1] ?? field).focus()
    else if (event.key === "Escape" && at >= 0) field.focus()
    else return
    event.preventDefault()
  }
}
