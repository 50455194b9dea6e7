// SPDX-License-Identifier: Apache-2.0
// The stream of what changed (docs/web.md). The browser's EventSource gives up at some answers and
// never notices a network that went silent, so this wraps it: it watches the beat and opens anew.

/** Ids of what changed, by kind; too many to name are "all". */
export interface Changes {
  tractors?: string[] | 'all';
  releases?: string[] | 'all';
}
export type LinkState = 'opening' | 'live' | 'lost';

interface Listener {
  changed: (changes: Changes) => void;
  /** The stream is open (again): what was missed has to be asked for. */
  opened: (serverSeconds: number) => void;
  beat: (serverSeconds: number) => void;
  state: (state: LinkState) => void;
}

const SILENCE_MS = 12_000; // the server beats every five seconds
const WAIT_FIRST_MS = 500;
const WAIT_MOST_MS = 10_000;

export class Live {
  readonly #url: string;
  readonly #listener: Listener;
  #source: EventSource | null = null;
  #silence = 0;
  #retry = 0;
  #wait = WAIT_FIRST_MS;
  #wanted = false;

  constructor(url: string, listener: Listener) {
    this.#url = url;
    this.#listener = listener;
  }

  start(): void {
    this.#wanted = true;
    window.addEventListener('online', this.#online);
    window.addEventListener('offline', this.#offline);
    document.addEventListener('visibilitychange', this.#shown);
    this.#open();
  }

  stop(): void {
    this.#wanted = false;
    window.removeEventListener('online', this.#online);
    window.removeEventListener('offline', this.#offline);
    document.removeEventListener('visibilitychange', this.#shown);
    this.#close();
  }

  readonly #online = () => {
    this.#wait = WAIT_FIRST_MS;
    this.#open();
  };
  readonly #offline = () => this.#lost();
  // A browser allows few connections to one server: a page that nobody sees gives its own up.
  readonly #shown = () => (document.hidden ? this.#close() : this.#open());

  #open(): void {
    this.#close();
    if (!this.#wanted || document.hidden) return;
    this.#listener.state('opening');
    const source = new EventSource(this.#url);
    this.#source = source;
    const heard = () => {
      clearTimeout(this.#silence);
      this.#silence = window.setTimeout(() => this.#lost(), SILENCE_MS);
    };
    heard();
    const on = (name: string, act: (data: string) => void) =>
      source.addEventListener(name, (event) => {
        heard();
        act((event as MessageEvent<string>).data);
      });
    on('hello', (data) => {
      this.#wait = WAIT_FIRST_MS;
      this.#listener.state('live');
      this.#listener.opened(Number(data) / 1e6);
    });
    on('beat', (data) => this.#listener.beat(Number(data) / 1e6));
    on('changed', (data) => this.#listener.changed(JSON.parse(data) as Changes));
    source.onerror = () => this.#lost();
  }

  #lost(): void {
    this.#close();
    if (!this.#wanted) return;
    this.#listener.state('lost');
    this.#retry = window.setTimeout(() => this.#open(), this.#wait);
    this.#wait = Math.min(WAIT_MOST_MS, this.#wait * 2);
  }

  #close(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }
}
