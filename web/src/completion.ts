/** Completing what somebody begins to name while writing: @people, #topics, :emoji. A list above the field, by keys or pointer. */
import { allEmoji } from "./emoji_data.ts"
import type { User } from "./facts.ts"
import { findEmoji } from "./model/emoji.ts"
import { hue, initials } from "./model/names.ts"
import { type Trigger, triggerAt } from "./model/trigger.ts"
import { look } from "./send.ts"
import { putIn } from "./writing.ts"

/** Who types on is not asked for every letter. */
const PAUSE = 100
const MOST = 8

interface Choice {
  text: string
  face: HTMLElement | string
  name: string
  note: string
}

interface Open {
  field: HTMLTextAreaElement
  trigger: Trigger
  choices: Choice[]
  active: number
}

const list = Object.assign(document.createElement("ul"), { className: "completion", id: "completion", role: "listbox", ariaLabel: "Suggestions" })
let open: Open | null = null
let waiting: ReturnType<typeof setTimeout> | undefined

export function startCompletion(): void {
  document.addEventListener("input", ({ target }) => isField(target) && typed(target))
  document.addEventListener("selectionchange", () => open && triggerOf(open.field)?.from !== open.trigger.from && close())
  document.addEventListener("focusout", ({ target }) => target === open?.field && close())
  // Before anybody else: here Enter does not send, and Escape leaves nothing but the list.
  document.addEventListener("keydown", key, { capture: true })
  list.addEventListener("pointerdown", (event) => event.preventDefault())
  list.addEventListener("click", ({ target }) => {
    const option = (target as Element).closest<HTMLElement>("[role=option]")
    if (option) choose([...list.children].indexOf(option))
  })
}

function isField(target: EventTarget | null): target is HTMLTextAreaElement {
  return target instanceof HTMLTextAreaElement && target.matches(".composer__text")
}

function triggerOf(field: HTMLTextAreaElement): Trigger | null {
  return field.selectionStart === field.selectionEnd ? triggerAt(field.value, field.selectionStart) : null
}

function typed(field: HTMLTextAreaElement): void {
  clearTimeout(waiting)
  const trigger = triggerOf(field)
  if (!trigger) return close()
  waiting = setTimeout(() => void suggest(field, trigger), PAUSE)
}

async function suggest(field: HTMLTextAreaElement, trigger: Trigger): Promise<void> {
  const choices = await { "@": people, "#": topics, ":": emoji }[trigger.mark](trigger.words)
  const now = triggerOf(field)
  if (now?.from !== trigger.from || now.words !== trigger.words || document.activeElement !== field) return
  if (!choices.length) return close()
  open = { field, trigger, choices, active: 0 }
  show()
}

async function people(words: string): Promise<Choice[]> {
  const found = await look<{ people: User[]; everyone: ("group" | "here")[] }>(`/topics/${composer().topic}/mentionable?q=${encodeURIComponent(words)}`)
  const notes = { group: "everybody in this group", here: "everybody who is online" }
  const everyone = found?.everyone.map((name) => ({ text: `@${name} `, face: "@", name, note: notes[name] })) ?? []
  return [...(found?.people.map((user) => ({ text: `@${user.username} `, face: face(user), name: user.name, note: `@${user.username}` })) ?? []), ...everyone]
}

async function topics(words: string): Promise<Choice[]> {
  const found = await look<{ items: { name: string; slug: string; resolved: boolean }[] }>(`/groups/${composer().group}/topics?limit=${MOST}&q=${encodeURIComponent(words)}`)
  const group = location.pathname.split("/")[1]!
  return found?.items.map(({ name, slug, resolved }) => ({ text: `${new URL(`/${group}/${slug}/`, location.href).href} `, face: "#", name, note: resolved ? "resolved" : "" })) ?? []
}

async function emoji(words: string): Promise<Choice[]> {
  return findEmoji(await allEmoji(), words, MOST).map(({ sign, name, short }) => ({ text: sign, face: sign, name: `:${short[0]}:`, note: name }))
}

function composer(): DOMStringMap {
  return document.querySelector<HTMLElement>("message-composer")!.dataset
}

function show(): void {
  const { field, choices } = open!
  list.replaceChildren(...choices.map(option))
  field.closest(".composer")!.append(list)
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "true" })) field.setAttribute(name, value)
  mark()
}

function option({ face, name, note }: Choice, place: number): HTMLElement {
  const made = Object.assign(document.createElement("li"), { className: "completion__choice", id: `completion-${place}`, role: "option" })
  const shown = typeof face === "string" ? Object.assign(document.createElement("span"), { className: "completion__sign", textContent: face }) : face
  shown.ariaHidden = "true"
  made.append(shown, Object.assign(document.createElement("b"), { textContent: name }), Object.assign(document.createElement("small"), { textContent: note }))
  return made
}

function face({ id, name, kind, avatar_url }: User): HTMLElement {
  const made = Object.assign(document.createElement("span"), { className: `avatar avatar--small hue-${hue(id)}${kind === "bot" ? " avatar--bot" : ""}`, textContent: initials(name) })
  if (avatar_url) made.append(Object.assign(new Image(), { className: "avatar__picture", alt: "", src: avatar_url }))
  return made
}

function mark(): void {
  const { field, active } = open!
  ;[...list.children].forEach((option, place) => (option.ariaSelected = String(place === active)))
  list.children[active]!.scrollIntoView({ block: "nearest" })
  field.setAttribute("aria-activedescendant", `completion-${active}`)
}

function key(event: KeyboardEvent): void {
  if (!open || event.target !== open.field || event.isComposing) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) open.active = (open.active + step + open.choices.length) % open.choices.length, mark()
  else if (event.key === "Escape") close()
  else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) choose(open.active)
  else return
  event.preventDefault()
  event.stopPropagation()
}

function choose(place: number): void {
  const { field, trigger, choices } = open!
  const text = choices[place]!.text
  close()
  putIn(field, text, trigger.from, field.selectionEnd)
}

function close(): void {
  clearTimeout(waiting)
  if (!open) return
  for (const name of ["role", "aria-autocomplete", "aria-controls", "aria-expanded", "aria-activedescendant"]) open.field.removeAttribute(name)
  list.remove()
  open = null
}
