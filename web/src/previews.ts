/** The cards below a message: what is behind its links. */
import { current } from "./current.ts"
import type { Preview } from "./facts.ts"

export function fillPreviews(row: HTMLElement, previews: Preview[]): void {
  const mine = Number(row.dataset.author) === current.id
  row.querySelector("[data-field=previews]")!.replaceChildren(...previews.map((preview) => card(preview, mine)))
}

/** What others wrote on their pages is text here, whatever it looks like. */
function card({ id, url, title, description, site, image }: Preview, mine: boolean): HTMLElement {
  const template = document.querySelector<HTMLTemplateElement>("template#preview")!
  const element = template.content.querySelector<HTMLElement>(".card")!.cloneNode(true) as HTMLElement
  element.classList.toggle("card--picture", title === "")
  const link = element.querySelector("a")!
  link.href = url
  for (const [name, text] of Object.entries({ site, title, description })) element.querySelector(`.card__${name}`)!.textContent = text
  if (image) link.append(Object.assign(new Image(image.width, image.height), { className: "card__image", alt: "", loading: "lazy", src: image.url }))
  const remove = element.querySelector("button")
  if (remove) remove.value = String(id)
  if (remove && "own" in remove.dataset && !mine) remove.remove()
  return element
}
