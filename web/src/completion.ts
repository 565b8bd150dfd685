/** Completing what somebody begins to name while writing or searching. A list at the field, by keys or pointer. */
import type { User } from "./facts.ts"
import { hue, initials } from "./model/names.ts"
import type { Trigger } from "./model/trigger.ts"
import { putIn } from "./writing.ts"

/** Who types on is not asked for every letter. */
const PAUSE = 100
/** Who takes a name that is still being looked for waits no longer than this: then the key does again what it does without a list. */
const PATIENCE = 1_000

export interface Choice {
  text: string
  face: HTMLElement | string
  name: string
  note: string
}

/** What can be named in some fields. Where the first choice is not chosen by itself, Enter does what it does without a list. */
export interface Naming<Mark extends string = string> {
  fields: string
  box: string
  isFirstChosen: boolean
  triggerAt(text: string, caret: number): Trigger<Mark> | null
  choices(trigger: Trigger<Mark>): Promise<Choice[]>
}

type Field = HTMLTextAreaElement | HTMLInputElement

interface Open {
  field: Field
  naming: Naming
  trigger: Trigger
  choices: Choice[]
  active: number
}

const list = Object.assign(document.createElement("ul"), { className: "completion", id: "completion", role: "listbox", ariaLabel: "Suggestions" })
let namings: Naming[] = []
let open: Open | null = null
let asked: Trigger | null = null
let waiting: ReturnType<typeof setTimeout> | undefined
let isTaken = false

export function startCompletion(...all: Naming[]): void {
  namings = all
  announce(document.activeElement)
  document.addEventListener("focusin", ({ target }) => announce(target))
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

function isField(target: EventTarget | null): target is Field {
  return (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) && !!namingOf(target)
}

function namingOf(field: Field): Naming | undefined {
  return namings.find(({ fields }) => field.matches(fields))
}

function triggerOf(field: Field): Trigger | null {
  const caret = field.selectionStart
  return caret !== null && caret === field.selectionEnd ? namingOf(field)!.triggerAt(field.value, caret) : null
}

function typed(field: Field): void {
  clearTimeout(waiting)
  isTaken = false
  asked = triggerOf(field)
  if (!asked) return close()
  // Not later, when the caret is known to have moved: by then there is what to ask for, and it would be forgotten.
  if (open && asked.from !== open.trigger.from) hide()
  if (open) activate(first(open.naming))
  const trigger = asked
  waiting = setTimeout(() => void suggest(field, trigger), PAUSE)
}

async function suggest(field: Field, trigger: Trigger): Promise<void> {
  const naming = namingOf(field)!
  const choices = await naming.choices(trigger)
  if (asked !== trigger || triggerOf(field)?.from !== trigger.from || document.activeElement !== field) return
  if (!choices.length) return close()
  open = { field, naming, trigger, choices, active: first(naming) }
  show()
  if (isTaken) take()
}

function first({ isFirstChosen }: Naming): number {
  return isFirstChosen ? 0 : -1
}

function show(): void {
  const { field, naming, choices } = open!
  list.replaceChildren(...choices.map(option))
  field.closest(naming.box)!.append(list)
  set(field, { ...COMBOBOX, "aria-expanded": "true", "aria-controls": list.id })
  mark()
}

const COMBOBOX = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" }

/** A field of one line is a combobox from the beginning; one of several lines only while there is a list. */
function announce(target: EventTarget | null): void {
  if (isField(target) && target instanceof HTMLInputElement && target !== open?.field) set(target, COMBOBOX)
}

function set(field: Field, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value)
}

function option({ face, name, note }: Choice, place: number): HTMLElement {
  const made = Object.assign(document.createElement("li"), { className: "completion__choice", id: `completion-${place}`, role: "option" })
  const shown = typeof face === "string" ? Object.assign(document.createElement("span"), { className: "completion__sign", textContent: face }) : face
  shown.ariaHidden = "true"
  made.append(shown, Object.assign(document.createElement("b"), { textContent: name }), Object.assign(document.createElement("small"), { textContent: note }))
  return made
}

export function face({ id, name, kind, avatar_url }: User): HTMLElement {
  const made = Object.assign(document.createElement("span"), { className: `avatar avatar--small hue-${hue(id)}${kind === "bot" ? " avatar--bot" : ""}`, textContent: initials(name) })
  if (avatar_url) made.append(Object.assign(new Image(), { className: "avatar__picture", alt: "", src: avatar_url }))
  return made
}

function mark(): void {
  const { field, active } = open!
  ;[...list.children].forEach((option, place) => (option.ariaSelected = String(place === active)))
  if (active < 0) return field.removeAttribute("aria-activedescendant")
  list.children[active]!.scrollIntoView({ block: "nearest" })
  field.setAttribute("aria-activedescendant", `completion-${active}`)
}

function key(event: KeyboardEvent): void {
  if (event.isComposing) return
  // Whoever leaves a name as it is does not want what is still being looked for.
  if (!open && (event.key === "Enter" || event.key === "Escape")) close()
  if (!open || event.target !== open.field) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const takes = (event.key === "Enter" || event.key === "Tab") && !event.shiftKey
  if (takes && open.active < 0) return close()
  if (step) move(step)
  else if (event.key === "Escape") close()
  else if (takes) take()
  else return
  event.preventDefault()
  event.stopPropagation()
}

/** Whoever goes through the list means this one, not one that is asked for. */
function move(step: number): void {
  clearTimeout(waiting)
  asked = open!.trigger
  const { active, choices } = open!
  activate(active < 0 && step < 0 ? choices.length - 1 : (active + step + choices.length) % choices.length)
}

function activate(place: number): void {
  open!.active = place
  mark()
}

/** What is marked; or, where letters were typed since, what will be as soon as it is known what begins with them. */
function take(): void {
  const trigger = asked
  if (trigger === open!.trigger) return choose(open!.active)
  isTaken = true
  setTimeout(() => isTaken && asked === trigger && close(), PATIENCE)
}

function choose(place: number): void {
  const { field, trigger, choices } = open!
  const { from, to } = triggerOf(field) ?? trigger
  close()
  putIn(field, choices[place]!.text, from, to)
}

/** Ask nothing more, and show nothing. */
function close(): void {
  clearTimeout(waiting)
  isTaken = false
  asked = null
  hide()
}

function hide(): void {
  if (!open) return
  const { field } = open
  const ended = field instanceof HTMLInputElement ? [] : Object.keys(COMBOBOX)
  for (const name of [...ended, "aria-controls", "aria-activedescendant"]) field.removeAttribute(name)
  list.remove()
  open = null
  announce(field)
}
