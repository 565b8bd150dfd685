/** <live-status>: one calm bar when the connection has been away for a while. */

/** Most losses mend themselves sooner than anyone would notice. */
const PATIENCE = 5_000

export class LiveStatusElement extends HTMLElement {
  static define(tag = "live-status"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #patience: ReturnType<typeof setTimeout> | undefined

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    document.addEventListener("live_state", ({ detail }) => this.#show(detail.online), { signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
    clearTimeout(this.#patience)
  }

  #show(online: boolean): void {
    clearTimeout(this.#patience)
    if (online) this.#set(false)
    else this.#patience = setTimeout(() => this.#set(true), PATIENCE)
  }

  #set(offline: boolean): void {
    this.hidden = !offline
    document.documentElement.classList.toggle("is-offline", offline) // the dot at one's own face
  }
}
