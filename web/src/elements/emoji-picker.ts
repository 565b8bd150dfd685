/** <emoji-picker>: every emoji, to be found by a word or by leafing through. It hangs on the button that opened it. */
import { allEmoji } from "../emoji_data.ts"
import { type Emoji, type EmojiGroup, findEmoji } from "../model/emoji.ts"

const SHELF = "emoji"
const MOST_RECENT = 18
const MOST_FOUND = 60

export class EmojiPickerElement extends HTMLElement {
  static define(tag = "emoji-picker"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  /** Let somebody choose one. There is one picker on a page. */
  static open(button: HTMLElement, chosen: (sign: string) => void): void {
    const picker = document.querySelector<EmojiPickerElement>("emoji-picker") ?? new EmojiPickerElement()
    if (!picker.isConnected) document.body.append(picker)
    picker.#chosen = chosen
    // The one who opened it is its anchor (web/styles/menu.css).
    ;(picker as { showPopover(options: { source: HTMLElement }): void }).showPopover({ source: button })
    void picker.#show()
  }

  #chosen: (sign: string) => void = () => {}
  #groups: EmojiGroup[] = []
  #find!: HTMLInputElement
  #list!: HTMLElement

  connectedCallback(): void {
    if (this.#list) return
    this.popover = "auto"
    this.className = "menu picker"
    this.setAttribute("role", "dialog")
    this.ariaLabel = "Emoji"
    this.#find = Object.assign(document.createElement("input"), { className: "field__input picker__find", type: "search", placeholder: "Find an emoji", ariaLabel: "Find an emoji", autocomplete: "off" })
    this.#list = Object.assign(document.createElement("div"), { className: "picker__list" })
    this.append(this.#find, this.#list)
    this.#find.addEventListener("input", () => this.#paint())
    this.addEventListener("click", ({ target }) => this.#choose((target as Element).closest<HTMLElement>("[data-sign]")))
    this.addEventListener("keydown", (event) => this.#key(event))
  }

  async #show(): Promise<void> {
    this.#find.value = ""
    this.#find.focus()
    this.#groups = await allEmoji()
    this.#paint()
  }

  #paint(): void {
    const typed = this.#find.value.trim().replaceAll(":", "").replaceAll(" ", "_")
    if (!this.#groups.length) return this.#list.replaceChildren("The emoji cannot be had at the moment.")
    if (typed) {
      const found = findEmoji(this.#groups, typed, MOST_FOUND)
      return this.#list.replaceChildren(found.length ? grid(found) : "No emoji is called so.")
    }
    const recent = this.#recent()
    const shown = recent.length ? [{ name: "Used lately", emoji: recent }, ...this.#groups] : this.#groups
    this.#list.replaceChildren(...shown.flatMap(({ name, emoji }) => [Object.assign(document.createElement("h3"), { className: "menu__title", textContent: name }), grid(emoji)]))
    this.#list.scrollTop = 0
  }

  #choose(button: HTMLElement | null): void {
    if (!button) return
    const sign = button.dataset.sign!
    keep([sign, ...kept().filter((other) => other !== sign)].slice(0, MOST_RECENT))
    this.hidePopover()
    this.#chosen(sign)
  }

  #recent(): Emoji[] {
    const all = this.#groups.flatMap(({ emoji }) => emoji)
    return kept().flatMap((sign) => all.find((one) => one.sign === sign) ?? [])
  }

  #key(event: KeyboardEvent): void {
    const buttons = [...this.querySelectorAll<HTMLElement>("[data-sign]")]
    const at = buttons.indexOf(document.activeElement as HTMLElement)
    if (event.key === "Enter" && at < 0) event.preventDefault(), this.#choose(buttons[0] ?? null)
    if (at < 0 && event.key !== "ArrowDown") return
    const to = at < 0 ? buttons[0] : next(buttons, at, event.key)
    if (to === undefined) return
    event.preventDefault()
    ;(to ?? this.#find).focus()
  }
}

/** Where a key leads from one emoji; null for back to the field, undefined for nowhere. */
function next(buttons: HTMLElement[], at: number, key: string): HTMLElement | null | undefined {
  const here = buttons[at]!
  if (key === "ArrowRight") return buttons[at + 1]
  if (key === "ArrowLeft") return buttons[at - 1]
  if (key === "ArrowDown") return buttons.slice(at).find((other) => other.offsetTop > here.offsetTop && other.offsetLeft >= here.offsetLeft) ?? undefined
  if (key === "ArrowUp") return buttons.slice(0, at).findLast((other) => other.offsetTop < here.offsetTop && other.offsetLeft <= here.offsetLeft) ?? null
  return undefined
}

function grid(emoji: Emoji[]): HTMLElement {
  const made = Object.assign(document.createElement("div"), { className: "picker__grid" })
  made.append(...emoji.map(({ sign, name, short }) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "picker__emoji", textContent: sign, ariaLabel: name, title: short[0] ? `:${short[0]}:` : name })
    button.dataset.sign = sign
    return button
  }))
  return made
}

function kept(): string[] {
  try {
    return JSON.parse(localStorage.getItem(SHELF) ?? "[]") as string[]
  } catch {
    return []
  }
}

function keep(signs: string[]): void {
  try {
    localStorage.setItem(SHELF, JSON.stringify(signs))
  } catch {
    // forbidden or full: nothing was used lately
  }
}
