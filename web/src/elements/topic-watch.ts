/** <topic-watch data-topic="7">: what happens to the open topic itself. It holds what the page says once the topic is gone. */
import type { Topic } from "../facts.ts"
import { refreshSoon } from "../refresh.ts"

export class TopicWatchElement extends HTMLElement {
  static define(tag = "topic-watch"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #left = false

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    document.addEventListener("topic_changed", ({ detail }) => this.#changed(detail.topic), { signal })
    document.addEventListener("topic_deleted", ({ detail }) => this.#ours(detail.topic_id) && this.#leave(), { signal })
    document.addEventListener("level_changed", () => refreshSoon("head"), { signal })
    document.addEventListener("group_changed", () => refreshSoon("head", "side"), { signal })
    document.addEventListener("page_gone", (event) => this.#left && this.#end(event), { signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  #changed(topic: Topic): void {
    if (!this.#ours(topic.id)) return
    const closed = topic.locked && !("admin" in this.dataset)
    for (const part of document.querySelectorAll<HTMLElement>("[data-when]")) part.hidden = closed !== (part.dataset.when === "closed")
    refreshSoon("head", "side")
  }

  /** It is no longer in its group. Where it was moved, the fresh page leads there; else there is none. */
  #leave(): void {
    this.#left = true
    refreshSoon("head", "side")
  }

  #end(event: Event): void {
    if (!this.hidden) return
    event.preventDefault()
    for (const part of document.querySelectorAll("message-list, .room__foot, .room__tools, .side > *")) part.remove()
    this.hidden = false
    history.replaceState(null, "", this.dataset.group!)
    refreshSoon("rail")
  }

  #ours(topicId: number): boolean {
    return topicId === Number(this.dataset.topic)
  }
}
