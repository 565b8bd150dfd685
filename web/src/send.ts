/** Sending JSON to the API: the answer, or a SendError with one sentence for the reader. */

/** A server that has not answered by then is taken for gone. Sending again is safe: a client_id posts once. */
const PATIENCE = 20_000

export class SendError extends Error {}

export async function send<Answer>(path: string, body: object, method: "POST" | "PATCH" | "PUT" | "DELETE" = "POST"): Promise<Answer> {
  const answer = await fetch(`/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => null)
  if (!answer) throw new SendError("Not sent: the server does not answer.")
  if (!answer.ok) throw new SendError(`Not sent: ${await reason(answer)}`)
  return (answer.status === 204 ? null : await answer.json()) as Answer
}

/** Ask the API for something; null where it cannot be had. */
export async function look<Answer>(path: string): Promise<Answer | null> {
  const answer = await fetch(`/api/v1${path}`, { headers: { accept: "application/json" } }).catch(() => null)
  return answer?.ok ? ((await answer.json()) as Answer) : null
}

async function reason(answer: Response): Promise<string> {
  const problem = await answer.json().catch(() => ({})) as { detail?: string; title?: string }
  return problem.detail || problem.title || `the server said ${answer.status}.`
}
