/** What a bundle consists of, and how large it may be. A bundle is one device's run as it is submitted: a plain folder,
 *  `reports/<vendor>/<model>/<date>-<lab>-<run>/`. */

export const bundleFiles = {
  result: 'result.json',
  subject: 'subject.json',
  /** Path, size and digest of every file but itself, its signature and a withdrawal. */
  manifest: 'manifest.json',
  signature: 'manifest.json.sig',
  /** Added later, by who submitted the bundle or by the project; nothing is deleted. */
  withdrawal: 'withdrawal.json',
  withdrawalSignature: 'withdrawal.json.sig',
} as const;

/** Beside the bundles in reports/: the keys that are accepted (ssh-keygen(1), ALLOWED SIGNERS), and whose they are. */
export const trustFiles = { signers: 'allowed_signers', parties: 'parties.json' } as const;

/** So that a signature made for something else is none here (ssh-keygen(1), -Y sign -n). */
export const signatureNamespace = 'takeover-bundle';

/** A run of everything takes some 30 MB; ten times of that is enough for a whole `--repeat 10`. */
export const limits = {
  bundleBytes: 512 * 1024 * 1024,
  fileBytes: 64 * 1024 * 1024,
  jsonBytes: 32 * 1024 * 1024,
  files: 20_000,
  pathLength: 240,
  pathDepth: 10,
  jsonDepth: 64,
  /** Values in one file: the largest events.json has a tenth. */
  jsonNodes: 3_000_000,
  textLength: 4_000,
  signatureBytes: 64 * 1024,
  /** Of one gzipped file of evidence, unfolded; a run's largest takes some 3 MB. */
  unfoldedBytes: 32 * 1024 * 1024,
  /** Of all of them together. */
  unfoldedSum: 1024 * 1024 * 1024,
  /** Of a vendor, a model, a condition, …; and of all that describes the device, since each entry of the list repeats it. */
  nameLength: 200,
  /** Of a vendor and of a model: more would be a sentence. */
  deviceNameLength: 80,
  deviceOctets: 2_000,
  /** Of one case: how often it may have been tried. */
  attempts: 1_000,
  /** Of a result, with those that it left out; no kind of device has half as many. */
  cases: 2_000,
  /** A bench file's own takeover profiles, which are in no catalogue. */
  ownCases: 50,
} as const;

/** Of the thread that reads and judges one bundle. `verify` is stricter than `compile`: what was once accepted must not stop the
 *  list on a busier machine. A whole run is judged in seconds. */
export const readingBounds = {
  verify: { boundMs: 100_000, memoryMiB: 768 },
  compile: { taskMs: 300_000, memoryMiB: 1_024 },
} as const;
