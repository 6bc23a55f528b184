/** The key of this device: made here, kept in the browser's database, and shown to nobody, not even to our own page. */

interface Kept {
  pair: CryptoKeyPair;
  /** The public half, base64url of an uncompressed point of P-256. */
  point: string;
}

/** What is signed begins so, that the signature is none of anything else. */
const SIGNED_FOR = 'shanqiao device 1';
const [DATABASE, KEYS, OWN] = ['shanqiao', 'keys', 'device'];

export function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** One request to the browser's database; rejects where it is shut. */
function inDatabase<T>(mode: IDBTransactionMode, ask: (keys: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(KEYS);
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(KEYS, mode);
      const asked = ask(transaction.objectStore(KEYS));
      transaction.oncomplete = () => {
        opening.result.close();
        done(asked.result);
      };
      transaction.onabort = () => failed(transaction.error);
    };
  });
}

/** A key as this page may use it. */
export class DeviceKey {
  private constructor(private readonly kept: Kept) {}

  /** A new key, which is not kept yet: signing is all that anybody can do with it. */
  static async make(): Promise<DeviceKey> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const point = base64url(await crypto.subtle.exportKey('raw', pair.publicKey));
    return new DeviceKey({ pair, point });
  }

  /** The key that is kept here; null if there is none. */
  static async own(): Promise<DeviceKey | null> {
    const kept = await inDatabase<Kept | undefined>('readonly', (keys) => keys.get(OWN) as IDBRequest<Kept | undefined>);
    return kept ? new DeviceKey(kept) : null;
  }

  /** Keeps the key over reloads and power cuts; the one before it is forgotten. */
  async keep(): Promise<void> {
    await inDatabase('readwrite', (keys) => keys.put(this.kept, OWN));
    // Browsers that are short of space throw away what no page has asked to keep.
    await navigator.storage?.persist?.().catch(() => false);
  }

  get point(): string {
    return this.kept.point;
  }

  /** What the server knows the key by. */
  async sha256(): Promise<string> {
    return base64url(await crypto.subtle.digest('SHA-256', await crypto.subtle.exportKey('raw', this.kept.pair.publicKey)));
  }

  async sign(challenge: string): Promise<string> {
    const text = new TextEncoder().encode(`${SIGNED_FOR}\n${location.origin}\n${challenge}`);
    return base64url(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.kept.pair.privateKey, text));
  }
}
