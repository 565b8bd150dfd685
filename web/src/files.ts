/** The files of a message: the page's own <template id="file"> has one of each kind, filled by data-file. */
import type { SentFile } from "./facts.ts"
import { sizeText } from "./model/sizes.ts"

/** The place of a picture in a message. The server says the same (routes/pages/wording.py). */
const MOST_WIDE = 380
const MOST_HIGH = 320

export function fillFiles(row: HTMLElement, files: readonly SentFile[]): void {
  row.querySelector('[data-field="files"]')!.replaceChildren(...files.map(element))
}

function element(file: SentFile): HTMLElement {
  const template = document.querySelector<HTMLTemplateElement>("template#file")!
  const kind = kindOf(file, template.dataset.played!.split(" "))
  const made = template.content.querySelector(`[data-kind="${kind}"]`)!.cloneNode(true) as HTMLElement
  for (const link of fields<HTMLAnchorElement>(made, "url")) link.href = file.url
  for (const name of fields(made, "name")) name.textContent = file.name
  for (const size of fields(made, "size")) size.textContent = sizeText(file.size)
  for (const player of fields<HTMLMediaElement>(made, "source")) {
    player.src = file.url
    player.setAttribute("aria-label", file.name)
  }
  for (const picture of fields<HTMLImageElement>(made, "thumb")) {
    const [width, height] = fitted(file.width ?? 1, file.height ?? 1)
    Object.assign(picture, { alt: file.name, width, height, src: file.thumb_url })
  }
  return made
}

function kindOf({ thumb_url, media_type }: SentFile, played: string[]): string {
  if (thumb_url) return "picture"
  if (!played.includes(media_type)) return "other"
  return media_type.startsWith("video/") ? "film" : "sound"
}

function fitted(width: number, height: number): [number, number] {
  const share = Math.min(1, MOST_WIDE / width, MOST_HIGH / height)
  return [Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share))]
}

/** What is to be filled with something of a file: the element itself, or what is in it. */
function fields<Kind extends HTMLElement>(made: HTMLElement, name: string): Kind[] {
  const wanted = `[data-file="${name}"]`
  return [...(made.matches(wanted) ? [made as Kind] : []), ...made.querySelectorAll<Kind>(wanted)]
}
