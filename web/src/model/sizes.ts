/** How people write a number of bytes. The server writes the same (convore_lite/words/sizes.py). */
const UNITS = ["KB", "MB", "GB", "TB"]

export function sizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`
  let value = bytes / 1000
  let unit = 0
  for (; value >= 999.95 && unit < UNITS.length - 1; unit++) value /= 1000
  return `${value.toFixed(1)} ${UNITS[unit]}`
}
