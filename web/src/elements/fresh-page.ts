/** <fresh-page data-on="message_posted topic_read">: a page that is fetched anew when one of these facts comes. */
import { refreshSoon } from "../refresh.ts"

export class FreshPageElement extends HTMLElement {
  static define(tag = "fresh-page"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    for (const kind of (this.dataset.on ?? "").split(" ").filter(Boolean)) {
      document.addEventListener(kind, () => refreshSoon("head", "page"), { signal })
    }
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }
}
