/** One stream in, many tabs out. It remembers the latest events, so that a tab that comes late misses none. */
import { readPlace, type Place } from "./place.ts"

/** What a tab hears. *reset*: the events between could not be had, so look at the page anew. */
export type Note =
  | { note: "event"; kind: string; id: string; data: string }
  | { note: "online" | "offline" | "signed_out" | "reset" }

type Tell = (note: Note) => void

/** How many events are remembered: a page is rendered and joins within seconds, so minutes of a busy server are plenty. */
export const REMEMBERED = 1000

export class Relay {
  #tabs = new Map<unknown, Tell>()
  #events: Extract<Note, { note: "event" }>[] = []
  /** Everything after this place is remembered. */
  #start: Place | null = null
  #last = ""
  #state: Note = { note: "offline" }

  /** The place to resume from: that of the last event, or where the first tab began. */
  get last(): string {
    return this.#last
  }

  get size(): number {
    return this.#tabs.size
  }

  get isSignedOut(): boolean {
    return this.#state.note === "signed_out"
  }

  /** Start to remember at a place, with nothing remembered yet and no connection. */
  begin(place: string): void {
    this.#state = { note: "offline" }
    this.#forget(place)
  }

  /** Whether *place* is of another log than ours: the server's data were replaced while we were connected. */
  isForeign(place: string): boolean {
    return readPlace(place)?.epoch !== this.#start?.epoch
  }

  /** Add a tab whose page was rendered at a place, and tell it at once what has happened since. */
  join(tab: unknown, place: string, tell: Tell): void {
    this.#tabs.set(tab, tell)
    tell(this.#state)
    const at = readPlace(place)
    if (!at || !this.#start || at.epoch !== this.#start.epoch || at.number < this.#start.number) tell({ note: "reset" })
    else this.#events.filter(({ id }) => readPlace(id)!.number > at.number).forEach(tell)
  }

  leave(tab: unknown): void {
    this.#tabs.delete(tab)
  }

  /** Pass an event on, unless it is one that came before. Events without a place are passed on and forgotten. */
  receive(kind: string, id: string, data: string): void {
    const note = { note: "event", kind, id, data } as const
    const place = readPlace(id)
    if (place) {
      if (place.number <= (readPlace(this.#last)?.number ?? -1)) return
      this.#last = id
      this.#events.push(note)
      if (this.#events.length > REMEMBERED) this.#start = readPlace(this.#events.shift()!.id)
    }
    this.#tellAll(note)
  }

  /** The server could not resume: forget, go on from *place*, and have every tab look anew. */
  reset(place: string): void {
    this.#forget(place)
    this.#tellAll({ note: "reset" })
  }

  /** The state of the connection; each tab hears it once. */
  setState(state: "online" | "offline" | "signed_out"): void {
    if (this.#state.note === state) return
    this.#state = { note: state }
    this.#tellAll(this.#state)
  }

  #forget(place: string): void {
    this.#events = []
    this.#start = readPlace(place)
    this.#last = place
  }

  #tellAll(note: Note): void {
    for (const tell of this.#tabs.values()) tell(note)
  }
}
