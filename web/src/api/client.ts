// SPDX-License-Identifier: Apache-2.0
// Calls of the server's API from a page. The session is an HttpOnly cookie: no script of ours ever
// holds a token.

/** What a call came to when it did not succeed. status 0: the server was not reached. */
export class CallError extends Error {
  readonly status: number;
  readonly subcode: number;
  constructor(status: number, subcode: number, message: string) {
    super(message);
    this.status = status;
    this.subcode = subcode;
  }
}

const PATIENCE_MS = 20_000;

interface Envelope<T> {
  meta?: { result_code?: number; result_subcode?: number; result_msg?: string };
  data?: T;
}

/** POSTs one call. Rejects with a CallError, whatever went wrong. */
export async function call<T>(
  name: string,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<T> {
  let answer: Response;
  let envelope: Envelope<T>;
  try {
    answer = await fetch(`/api/${name}`, {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        'Content-Type': 'application/json',
        'X-ClearML-Client': 'Webapp-furrow', // figures that are no numbers come as null
        ...headers,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    envelope = (await answer.json()) as Envelope<T>;
  } catch {
    throw new CallError(0, 0, 'The server cannot be reached.');
  }
  const meta = envelope.meta ?? {};
  if (!answer.ok || !envelope.data) {
    const status = meta.result_code ?? answer.status;
    const said = meta.result_msg ?? `The server answered ${answer.status}.`;
    throw new CallError(status, meta.result_subcode ?? 0, said);
  }
  return envelope.data;
}
