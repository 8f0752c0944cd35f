/**
 * What goes over the wire while an act is played, as the clients' own `fetch` sees it.
 *
 * The rule: it listens and changes nothing. Of an answer it keeps status, code, reason and generation; the tokens are in cookies, out of its
 * reach.
 *
 * The caveat: who gets no answer hears of it once `heard` is done, so that what is read between a lost reply and the next try is what lay between.
 */

/** One request and what came of it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** `undefined`: no answer, or one that broke off. */
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly reason: string | undefined;
  /** Of the refresh token that came, in the answer to a refresh. */
  readonly generation: number | undefined;
}

type Heard = Pick<Exchange, "status" | "code" | "reason" | "generation">;

const NOTHING: Heard = { status: undefined, code: undefined, reason: undefined, generation: undefined };

export class Traffic {
  readonly #recordings = new Set<Exchange[]>();

  /** `heard` is called after each answer, and each that never came, with the request's path. */
  constructor(
    private readonly wire: typeof globalThis.fetch,
    private readonly heard: (path: string) => Promise<void>,
  ) {}

  /** To be given to a client. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const recordings = [...this.#recordings];
    const url = new URL(input instanceof Request ? input.url : String(input), globalThis.location.href);
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    const keep = async (heard: Heard): Promise<void> => {
      for (const recording of recordings) recording.push({ method, path: url.pathname, ...heard });
      const told = this.heard(url.pathname);
      if (heard.status === undefined) await told;
    };
    try {
      const answer = await this.wire(input, init);
      await keep(recordings.length === 0 ? { ...NOTHING, status: answer.status } : await heardIn(answer.clone()));
      return answer;
    } catch (error) {
      await keep(NOTHING);
      throw error;
    }
  };

  /** Does this, and answers with it what went over the wire meanwhile, in the order of the answers. */
  async record<T>(work: () => Promise<T>): Promise<readonly [result: T, seen: readonly Exchange[]]> {
    const seen: Exchange[] = [];
    this.#recordings.add(seen);
    try {
      return [await work(), seen];
    } finally {
      this.#recordings.delete(seen);
    }
  }
}

/** Broken off counts as no answer, whatever its first line said. */
async function heardIn(answer: Response): Promise<Heard> {
  const text = await answer.text().catch(() => undefined);
  if (text === undefined) return NOTHING;
  const { code, reason, session } = parsed(text);
  return { status: answer.status, code, reason, generation: session?.generation };
}

function parsed(text: string): { code?: string; reason?: string; session?: { generation?: number } } {
  try {
    return (JSON.parse(text) ?? {}) as { code?: string };
  } catch {
    return {};
  }
}
