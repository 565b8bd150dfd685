/** The live stream in this tab: each fact becomes a CustomEvent of the same name on the document, once and in order. */
import { current, liveAt, liveWorker } from "./current.ts"
import type { Fact, Moment } from "./facts.ts"
import { isAfter } from "./model/place.ts"
import type { Note } from "./model/relay.ts"
import { refreshPage } from "./refresh.ts"
import { openWire, type Wire } from "./wire.ts"

/** Facts kept for parts of the page that are swapped while facts arrive. */
const KEPT = 300
/** Where the page cannot be had, it is tried again after this time. */
const PAUSE = 5_000
/** Hidden tabs look anew within this time, not all in the same moment. */
const SPREAD = 5_000

let wire: Wire
let seen = ""
let looking = false
const kept: Fact[] = []

/** Join the stream where the page was rendered. Call it once, when every element is defined. */
export function startLive(): void {
  seen = liveAt()
  wire = openWire(current.id, liveWorker(), hear)
  wire.join(seen)
  addEventListener("pagehide", () => wire.leave())
  addEventListener("pageshow", ({ persisted }) => persisted && wire.join(seen))
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wire.join(seen))
}

/** The facts that this tab has heard of after *place*. */
export function factsSince(place: string): Fact[] {
  return kept.filter(({ id }) => isAfter(id, place))
}

function hear(note: Note): void {
  if (note.note === "event") tell(note.kind, note.id, note.data)
  else if (note.note === "reset") void lookAnew()
  else if (note.note === "signed_out") location.assign(`/sign-in/?next=${encodeURIComponent(location.pathname)}`)
  else document.dispatchEvent(new CustomEvent("live_state", { detail: { online: note.note === "online" } }))
}

function tell(kind: string, id: string, data: string): void {
  if (!id) return void document.dispatchEvent(new CustomEvent(kind, { detail: JSON.parse(data) as Moment }))
  if (!isAfter(id, seen)) return
  const fact = JSON.parse(data) as Fact
  seen = id
  kept.push(fact)
  if (kept.length > KEPT) kept.shift()
  document.dispatchEvent(new CustomEvent(kind, { detail: fact }))
}

async function lookAnew(): Promise<void> {
  if (looking) return
  looking = true
  if (document.visibilityState === "hidden") await wait(Math.random() * SPREAD)
  let place: string | null
  while (!(place = await refreshPage())) await wait(PAUSE)
  looking = false
  seen = place
  kept.length = 0
  wire.join(seen)
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds))
}
