/** Drafts on the server: saving one, and asking what another device has written. */
import type { SavedDraft } from "./facts.ts"
import type { Written } from "./model/draft.ts"
import { look } from "./send.ts"

/** What came of saving: the draft as it is there now, and whether it is ours. Null where it could not be saved. */
export interface Outcome {
  draft: SavedDraft
  ours: boolean
}

/** With *last* the page is being left: the browser sends it all the same, and nobody hears the answer. */
export async function saveDraft(topicId: number, { text, replyTo, fileIds }: Written, revision: number, last = false): Promise<Outcome | null> {
  const answer = await fetch(`/api/v1/topics/${topicId}/draft`, {
    method: "PUT",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ text, revision, reply_to: replyTo, file_ids: fileIds }),
    keepalive: last,
  }).catch(() => null)
  if (answer?.ok) return { draft: await answer.json() as SavedDraft, ours: true }
  const problem = answer?.status === 409 ? await answer.json() as { draft?: SavedDraft } : null
  return problem?.draft ? { draft: problem.draft, ours: false } : null
}

export function findDraft(topicId: number): Promise<SavedDraft | null> {
  return look<SavedDraft>(`/topics/${topicId}/draft`)
}
