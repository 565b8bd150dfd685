/** Looking anew: fetch this page once more and swap the parts that are asked for. What somebody is writing stays. */
import { setLiveAt } from "./current.ts"

/** Changes come in bursts; so many milliseconds are waited, and a little by chance so that not everybody asks at once. */
const PATIENCE = 400
const CHANCE = 600
const EVERY_PART = ["rail", "head", "above", "log", "side", "page"]

const wanted = new Set<string>()
let waiting = false

/** Swap some parts in a moment; for a hidden tab, when it is next looked at. */
export function refreshSoon(...names: string[]): void {
  names.forEach((name) => wanted.add(name))
  if (waiting) return
  waiting = true
  setTimeout(() => void whenVisible().then(refreshWanted), PATIENCE + Math.random() * CHANCE)
}

/** Swap every part now. Answers the place in the event log where the fresh page stands, or null where there is none. */
export async function refreshPage(): Promise<string | null> {
  const fresh = await fetchPage(location.href)
  if (!fresh) return null
  swap(fresh, EVERY_PART)
  const place = fresh.querySelector<HTMLMetaElement>('meta[name="live-at"]')?.content ?? null
  if (place) setLiveAt(place)
  return place
}

let shown = ""

/** Show another page of the same kind here: swap some parts, and let the address say so. Of several the last one counts. */
export async function showInstead(address: string, ...names: string[]): Promise<void> {
  shown = address
  const fresh = await fetchPage(address)
  if (!fresh || shown !== address) return
  history.replaceState(null, "", address)
  document.title = fresh.title
  swap(fresh, names)
}

/** A page of ours, parsed; null where it cannot be had. One that we may no longer see is left, unless somebody prevents it.
 * A topic or group that has a new address leads there, and from then on this page is there as well. */
export async function fetchPage(address: string): Promise<Document | null> {
  const answer = await fetch(address, { headers: { accept: "text/html" } }).catch(() => null)
  if (!answer || answer.status === 429 || answer.status >= 500) return null
  if (!answer.ok || new URL(answer.url).pathname === "/sign-in/") {
    if (document.dispatchEvent(new CustomEvent("page_gone", { cancelable: true }))) location.reload()
    return null
  }
  if (answer.redirected && address === location.href) history.replaceState(null, "", answer.url + location.hash)
  return new DOMParser().parseFromString(await answer.text(), "text/html")
}

async function refreshWanted(): Promise<void> {
  const names = [...wanted]
  wanted.clear()
  waiting = false
  const fresh = await fetchPage(location.href)
  if (fresh) swap(fresh, names)
}

export function whenVisible(): Promise<void> {
  if (document.visibilityState === "visible") return Promise.resolve()
  return new Promise((done) => document.addEventListener("visibilitychange", () => done(), { once: true }))
}

function swap(fresh: Document, names: string[]): void {
  for (const name of names) {
    const [now, then] = [document, fresh].map((page) => page.querySelector<HTMLElement>(`[data-part="${name}"]`))
    if (!now || !then || isWrittenIn(now)) continue
    now.querySelectorAll("details[open][id]").forEach(({ id }) => then.querySelector(`#${id}`)?.setAttribute("open", ""))
    keepPlace(now, () => now.replaceChildren(...then.childNodes))
    if (name === "head") document.title = fresh.title
    for (const key of Object.keys(now.dataset)) if (!(key in then.dataset)) delete now.dataset[key]
    Object.assign(now.dataset, then.dataset)
    now.dispatchEvent(new CustomEvent("part_swapped", { bubbles: true, detail: { name } }))
  }
}

/** Change a part without moving what its reader looks at or has the focus on, as far as that is there afterwards. */
function keepPlace(part: HTMLElement, change: () => void): void {
  const focused = part.contains(document.activeElement) ? document.activeElement!.id : ""
  const top = part.getBoundingClientRect().top
  const tops = [...part.querySelectorAll("[id]")].map((element) => ({ id: element.id, at: element.getBoundingClientRect().top }))
  const seen = part.scrollTop > 0 ? tops.filter(({ at }) => at >= top) : []
  change()
  const kept = seen.find(({ id }) => document.getElementById(id))
  if (kept) part.scrollTop += document.getElementById(kept.id)!.getBoundingClientRect().top - kept.at
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

/** Whether somebody is filling in a form in this part. */
function isWrittenIn(part: HTMLElement): boolean {
  // The boxes in messages, of tasks and opened spoilers, are no fields.
  const wanted = "input:not([type=hidden], .message__text input), textarea"
  const fields = [...part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(wanted)]
  return fields.some((field) => field === document.activeElement || field.value !== field.defaultValue || isTicked(field))
}

function isTicked(field: HTMLInputElement | HTMLTextAreaElement): boolean {
  return field instanceof HTMLInputElement && field.checked !== field.defaultChecked
}
