/** Fields for a date and a time in forms that the server reads in UTC: the reader sees and says them in their own zone. */
import { localValue } from "./model/later.ts"

export function startLocalTimes(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form.later")) localise(form)
}

function localise(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("input[name=at]")!
  const hint = form.querySelector('[data-field="zone"]')!
  if (field.value) field.value = localValue(new Date(`${field.value}Z`))
  hint.textContent = `in your own time (${Intl.DateTimeFormat().resolvedOptions().timeZone})`
  form.addEventListener("submit", () => {
    const at = new Date(field.value)
    form.querySelector<HTMLInputElement>("input[name=send_at]")!.value = Number.isNaN(at.getTime()) ? "" : at.toISOString()
  })
}
