import assert from "node:assert/strict"
import { test } from "node:test"
import { Relay, REMEMBERED, type Note } from "../src/model/relay.ts"

function listen(relay: Relay, place: string, tab: unknown = {}): string[] {
  const heard: string[] = []
  relay.join(tab, place, (note: Note) => heard.push(note.note === "event" ? note.id : note.note))
  return heard
}

function begun(...numbers: number[]): Relay {
  const relay = new Relay()
  relay.begin("e-10")
  for (const number of numbers) relay.receive("message_posted", `e-${number}`, "{}")
  return relay
}

test("every tab hears an event, once", () => {
  const relay = begun()
  const [one, two] = [listen(relay, "e-10"), listen(relay, "e-10")]
  relay.receive("message_posted", "e-11", "{}")
  relay.receive("message_posted", "e-11", "{}")
  assert.deepEqual(one, ["offline", "e-11"])
  assert.deepEqual(two, ["offline", "e-11"])
})

test("a tab that comes late hears what came after its page was rendered", () => {
  assert.deepEqual(listen(begun(11, 12, 13), "e-11"), ["offline", "e-12", "e-13"])
})

test("a page from before the relay began is looked at anew", () => {
  assert.deepEqual(listen(begun(11), "e-9"), ["offline", "reset"])
})

test("a page from before the oldest remembered event is looked at anew", () => {
  const relay = begun(...Array.from({ length: REMEMBERED + 1 }, (_, index) => 11 + index))
  assert.equal(listen(relay, "e-11").length, 1 + REMEMBERED)
  assert.deepEqual(listen(relay, "e-10"), ["offline", "reset"])
})

test("a page of another epoch is looked at anew", () => {
  const relay = begun(11)
  assert.equal(relay.isForeign("f-11"), true)
  assert.deepEqual(listen(relay, "f-11"), ["offline", "reset"])
})

test("a reset is told to every tab and nothing from before it is told again", () => {
  const relay = begun(11)
  const early = listen(relay, "e-10")
  relay.reset("f-3")
  relay.receive("message_posted", "f-4", "{}")
  assert.deepEqual(early, ["offline", "e-11", "reset", "f-4"])
  assert.deepEqual(listen(relay, "f-3"), ["offline", "f-4"])
  assert.equal(relay.last, "f-4")
})

test("the state is told when it changes, and to a tab that comes", () => {
  const relay = begun()
  const heard = listen(relay, "e-10")
  relay.setState("online")
  relay.setState("online")
  relay.setState("offline")
  assert.deepEqual(heard, ["offline", "online", "offline"])
})

test("a tab that left hears nothing more", () => {
  const relay = begun()
  const [heard, others] = [listen(relay, "e-10", "one"), listen(relay, "e-10", "two")]
  relay.leave("one")
  relay.receive("message_posted", "e-11", "{}")
  assert.deepEqual(others, ["offline", "e-11"])
  assert.deepEqual(heard, ["offline"])
})
