import assert from "node:assert/strict"
import { test } from "node:test"
import { Draft, NOTHING, type Saved, type Written } from "../src/model/draft.ts"

const saved = (text: string, revision: number): Saved => ({ ...NOTHING, text, revision })
const written = (text: string): Written => ({ ...NOTHING, text })

test("what nobody touched here follows the other device", () => {
  const draft = new Draft(saved("half", 1), null)
  draft.learn(saved("half a sen", 2))
  assert.equal(draft.written.text, "half a sen")
  assert.equal(draft.isSaved, true)
  draft.learn(saved("", 3))
  assert.equal(draft.written.text, "")
})

test("what was written here stays until its writer has said what becomes of the two", () => {
  for (const [choose, text] of [["useOther", "phone"], ["keepMine", "desk"], ["keepBoth", "phone\n\ndesk"]] as const) {
    const draft = new Draft(saved("", 0), null)
    draft.write(written("desk"))
    draft.learn(saved("phone", 1))
    assert.deepEqual([draft.written.text, draft.other?.text, draft.revision], ["desk", "phone", 1])
    draft[choose]()
    assert.deepEqual([draft.written.text, draft.other], [text, null])
  }
})

test("where one text holds the other there is nothing to ask", () => {
  const draft = new Draft(saved("", 0), null)
  draft.write(written("good mor"))
  draft.learn(saved("good morning", 1))
  assert.deepEqual([draft.written.text, draft.other, draft.isSaved], ["good morning", null, true])
  draft.write(written("good morning, Ann"))
  draft.learn(saved("good", 2))
  assert.deepEqual([draft.written.text, draft.other, draft.isSaved], ["good morning, Ann", null, false])
})

test("what could not be saved any more goes on from where it was", () => {
  assert.equal(new Draft(saved("old", 3), saved("old and new", 3)).written.text, "old and new")
  assert.equal(new Draft(saved("", 4), saved("not sent yet", 3)).written.text, "not sent yet")
  const apart = new Draft(saved("on the phone", 4), saved("at the desk", 3))
  assert.deepEqual([apart.written.text, apart.other?.text], ["at the desk", "on the phone"])
})

test("files are not lost either", () => {
  const draft = new Draft({ ...NOTHING, revision: 0 }, null)
  draft.write({ text: "look", replyTo: null, fileIds: [1] })
  draft.learn({ text: "look here", replyTo: null, fileIds: [2], revision: 1 })
  assert.deepEqual(draft.other?.fileIds, [2])
  draft.keepBoth()
  assert.deepEqual(draft.written.fileIds, [2, 1])
})

test("a message that is taken back goes before what was written since", () => {
  const draft = new Draft(saved("", 2), null)
  draft.takeBack(written("first"), saved("first", 3))
  assert.deepEqual([draft.written.text, draft.isSaved], ["first", true])
  draft.write(written("second"))
  draft.takeBack(written("zeroth"), saved("zeroth\n\nfirst", 4))
  assert.equal(draft.written.text, "zeroth\n\nsecond")
})

/** Numbers by chance, the same each time: mulberry32. */
function chance(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** A device as the composer is one: it saves, hears of changes late or never, and sends. */
class Device {
  draft = new Draft(saved("", 0), null)

  type(word: string): void {
    this.draft.write(written(`${this.draft.written.text} ${word}`.trim()))
  }

  save(server: Saved): Saved {
    if (this.draft.isSaved || this.draft.other) return server
    if (this.draft.revision !== server.revision) {
      this.draft.learn(server)
      return server
    }
    const next = saved(this.draft.written.text, server.revision + 1)
    this.draft.saved(next)
    return next
  }

  choose(which: number): void {
    if (which) this.draft.keepBoth()
  }
}

test("no word is lost between two devices, whatever happens when", () => {
  for (let seed = 0; seed < 300; seed++) {
    const next = chance(seed)
    const devices = [new Device(), new Device()]
    const typed: string[] = []
    const said: string[] = []
    let server = saved("", 0)
    for (let step = 0; step < 40; step++) {
      const device = devices[next(2)]!
      const verb = next(5)
      if (verb === 0) device.type(typed[typed.push(`w${step}w`) - 1]!)
      else if (verb === 1) server = device.save(server)
      else if (verb === 2) device.draft.learn(server)
      else if (verb === 3) device.choose(1)
      else if (device.draft.written.text && !device.draft.other) {
        said.push(device.draft.written.text)
        if (device.draft.revision === server.revision || device.draft.written.text.startsWith(server.text)) server = saved("", server.revision + 1)
        device.draft.write(NOTHING)
        device.draft.learn(server)
      }
    }
    for (let round = 0; round < 4; round++) {
      for (const device of devices) {
        device.choose(1)
        server = device.save(server)
      }
    }
    const everywhere = [...said, ...devices.map(({ draft }) => draft.written.text), server.text].join(" ")
    assert.deepEqual(typed.filter((word) => !everywhere.includes(word)), [], `seed ${seed}`)
  }
})
