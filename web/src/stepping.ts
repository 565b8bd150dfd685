/** Alt+Shift+↓ and ↑: to the next topic with something unread, wherever one is; as in other chats. */

/** Start listening for the keys. A page that shows several topics goes to the next of them by itself. */
export function startStepping(): void {
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey || !/^Arrow(Down|Up)$/.test(event.key)) return
    event.preventDefault()
    const forward = event.key === "ArrowDown"
    const wanted = new CustomEvent("unread_wanted", { detail: { forward }, cancelable: true })
    if (document.dispatchEvent(wanted)) nextInRail(forward)?.click()
  })
}

/** From the topic that is open, down or up the rail and round its end. */
function nextInRail(forward: boolean): HTMLElement | undefined {
  const rows = [...document.querySelectorAll<HTMLElement>(".rail [data-topic]")]
  const here = rows.findIndex((row) => row.ariaCurrent === "page")
  const round = [...rows.slice(here + 1), ...rows.slice(0, Math.max(here, 0))]
  const waiting = round.filter(({ dataset }) => Number(dataset.unread) > 0)
  return forward ? waiting[0] : waiting.at(-1)
}
