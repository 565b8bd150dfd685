/** The one connection to the live stream: keeps an EventSource open and hands what it says to the relay. */
import { KINDS, MOMENTS } from "./facts.ts"
import { Relay, type Note } from "./model/relay.ts"

/** Between tries after the server refused: doubling from one second, and never more than this. */
const LONGEST_PAUSE = 30_000
/** A timer that comes this late has slept. Browsers let hidden pages tick once a minute, which is no sleep. */
const SLEPT = 100_000
const TICK = 5_000

export class Line {
  readonly #relay = new Relay()
  #source: EventSource | null = null
  #pause = 1_000
  #retry: ReturnType<typeof setTimeout> | undefined
  #broken = false
  #ticked = Date.now()
  #ticking = setInterval(() => this.#tick(), TICK)
  #ended = new AbortController()

  constructor(readonly userId: number) {
    addEventListener("online", () => this.#reopen(), { signal: this.#ended.signal })
  }

  join(tab: unknown, place: string, tell: (note: Note) => void): void {
    if (!this.#relay.size || this.#relay.isSignedOut || this.#relay.isForeign(place)) this.#start(place)
    else if (this.#broken) this.#open() // somebody looks: try now, not when the pause is over
    this.#relay.join(tab, place, tell)
  }

  leave(tab: unknown): void {
    this.#relay.leave(tab)
    if (!this.#relay.size) this.stop()
  }

  /** Close the stream. The next tab that joins opens it again. */
  stop(): void {
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#source = null
  }

  /** Stop for good: somebody else leads now. */
  end(): void {
    clearInterval(this.#ticking)
    this.#ended.abort()
    this.stop()
  }

  /** Begin at a place. Tabs that stand elsewhere look anew. */
  #start(place: string): void {
    this.#relay.begin(place)
    if (this.#relay.size) this.#relay.reset(place)
    this.#open()
  }

  #reopen(): void {
    if (this.#relay.size) this.#open()
  }

  #open(): void {
    this.stop()
    this.#broken = false
    const source = (this.#source = new EventSource(`/api/v1/live?after=${encodeURIComponent(this.#relay.last)}`))
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => this.#relay.receive(kind, event.lastEventId, event.data))
    }
    // Here lastEventId would be that of the event before: a moment has no place of its own.
    for (const kind of MOMENTS) source.addEventListener(kind, ({ data }) => this.#relay.receive(kind, "", data))
    source.addEventListener("hello", (event) => this.#greet(JSON.parse(event.data)))
    source.addEventListener("reset", (event) => this.#relay.reset(JSON.parse(event.data).at_id))
    source.addEventListener("error", () => void this.#failed(source))
  }

  #greet({ user_id }: { user_id: number }): void {
    this.#pause = 1_000
    this.#broken = false
    if (user_id === this.userId) return this.#relay.setState("online")
    this.stop() // somebody else signed in with this browser
    this.#relay.setState("signed_out")
  }

  /** The browser reconnects by itself after a broken connection; after a refusal it never does, so we ask why and do. */
  async #failed(source: EventSource): Promise<void> {
    if (source !== this.#source) return
    this.#broken = true
    this.#relay.setState("offline")
    if (source.readyState !== EventSource.CLOSED) return
    const signedOut = await fetch("/api/v1/me").then(({ status }) => status === 401, () => false)
    if (source !== this.#source) return
    if (signedOut) return this.#relay.setState("signed_out")
    this.#retry = setTimeout(() => this.#open(), this.#pause * (0.5 + Math.random()))
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }

  /** After sleep a connection may look open and be dead: make a new one, which resumes where the old one stood. */
  #tick(): void {
    const slept = Date.now() - this.#ticked > SLEPT
    this.#ticked = Date.now()
    if (slept) this.#reopen()
  }
}
