/** How many connections may be open at once at one door. */
export interface IConnectionLimits {
  readonly connections: number;
  readonly connectionsPerClient: number;
}

/** Counts the connections of one door, in all and for each client. */
export class ConnectionLimit {
  readonly #limits: IConnectionLimits;
  readonly #ofClient = new Map<string, number>();
  #open = 0;

  constructor(limits: IConnectionLimits) {
    this.#limits = limits;
  }

  /** `null`: it may stay, and `leave` is owed; else why not. */
  enter(client: string): 'connections' | 'connections-of-client' | null {
    const held = this.#ofClient.get(client) ?? 0;
    if (this.#open >= this.#limits.connections) return 'connections';
    if (held >= this.#limits.connectionsPerClient) return 'connections-of-client';
    this.#open++;
    this.#ofClient.set(client, held + 1);
    return null;
  }

  leave(client: string): void {
    const left = (this.#ofClient.get(client) ?? 1) - 1;
    this.#open--;
    if (left === 0) this.#ofClient.delete(client);
    else this.#ofClient.set(client, left);
  }
}
