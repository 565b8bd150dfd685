/** Who reacted: said when a reaction is pointed at, has the focus, or is pressed for long. */
import type { User } from "./facts.ts"
import { look } from "./send.ts"

/** A pointer that only passes by asks nothing. */
const PAUSE = 250
const MOST = 20

const tip = Object.assign(document.createElement("div"), { className: "tip", id: "who-reacted", role: "tooltip", popover: "manual" })
let shownAt: HTMLElement | null = null
let waiting: ReturnType<typeof setTimeout> | undefined

export function startWho(): void {
  for (const come of ["pointerover", "focusin"]) document.addEventListener(come, ({ target }) => ask(reactionOf(target)))
  for (const go of ["pointerout", "focusout"]) document.addEventListener(go, ({ target }) => reactionOf(target) && hide())
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide())
  document.addEventListener("pointerdown", ({ target }) => reactionOf(target) || hide())
  document.addEventListener("contextmenu", (event) => {
    const button = reactionOf(event.target)
    if (button && matchMedia("(hover: none)").matches) event.preventDefault(), void show(button)
  })
  for (const kind of ["reaction_added", "reaction_removed"] as const) document.addEventListener(kind, () => shownAt && void show(shownAt))
}

function ask(button: HTMLElement | null): void {
  if (!button || button === shownAt) return
  clearTimeout(waiting)
  waiting = setTimeout(() => void show(button), PAUSE)
}

async function show(button: HTMLElement): Promise<void> {
  shownAt = button
  const [message, emoji] = [button.closest<HTMLElement>(".message")?.dataset.message, button.dataset.emoji!]
  const page = await look<{ items: { user: User }[] }>(`/messages/${message}/reactions?limit=${MOST}&emoji=${encodeURIComponent(emoji)}`)
  if (!page?.items.length || shownAt !== button || !button.isConnected) return
  const count = (button.dataset.people ?? "").split(" ").filter(Boolean).length
  tip.textContent = `${sentence(page.items.map(({ user }) => user.name), count)} reacted with ${emoji}`
  if (!tip.isConnected) document.body.append(tip)
  if (tip.matches(":popover-open")) tip.hidePopover()
  ;(tip as { showPopover(options: { source: HTMLElement }): void }).showPopover({ source: button })
  button.setAttribute("aria-describedby", tip.id)
}

function hide(): void {
  clearTimeout(waiting)
  shownAt?.removeAttribute("aria-describedby")
  shownAt = null
  if (tip.matches(":popover-open")) tip.hidePopover()
}

/** "Ann, Bob and 3 others". */
export function sentence(names: string[], count: number): string {
  const others = count - names.length
  const shown = others > 0 ? [...names, others === 1 ? "one other" : `${others} others`] : names
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}

function reactionOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".reaction") : null
}
