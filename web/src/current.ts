/** Who is reading, and where the event log stood when the page was rendered: read from the page's own head. */

function meta(name: string): HTMLMetaElement {
  const found = document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)
  if (!found) throw new Error(`the page has no <meta name="${name}">`)
  return found
}

const user = meta("current-user")

export const current = {
  id: Number(user.content),
  username: user.dataset.username ?? "",
  name: user.dataset.name ?? "",
  kind: user.dataset.kind === "bot" ? "bot" as const : "person" as const,
}

export const liveAt = (): string => meta("live-at").content
export const setLiveAt = (place: string): void => void (meta("live-at").content = place)
export const liveWorker = (): string => meta("live-worker").content
