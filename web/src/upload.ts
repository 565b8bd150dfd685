/** Sending a file to the API, and how far it has come. */
import type { SentFile } from "./facts.ts"
import { SendError } from "./send.ts"

/** XMLHttpRequest, because fetch does not say how much of a body has left. */
export function upload(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<SentFile> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    form.append("file", file)
    request.open("POST", "/api/v1/files")
    request.responseType = "json"
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0))
    request.addEventListener("load", () => (request.status === 201 ? done(request.response) : fail(new SendError(reason(request)))))
    request.addEventListener("error", () => fail(new SendError("Not sent: the line broke.")))
    signal.addEventListener("abort", () => request.abort())
    request.send(form)
  })
}

function reason({ status, response }: XMLHttpRequest): string {
  const problem = response as { detail?: string } | null
  return problem?.detail || `Not sent: the server said ${status}.`
}
