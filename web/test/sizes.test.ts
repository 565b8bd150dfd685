import assert from "node:assert/strict"
import { test } from "node:test"
import { sizeText } from "../src/model/sizes.ts"

test("sizes are written as the server writes them", () => {
  const written = [0, 1, 999, 1000, 1249, 38_400, 999_949, 999_950, 25_000_000, 5_000_000_000_000].map(sizeText)
  const expected = ["0 bytes", "1 byte", "999 bytes", "1.0 KB", "1.2 KB", "38.4 KB", "999.9 KB", "1.0 MB", "25.0 MB", "5.0 TB"]
  assert.deepEqual(written, expected)
})
