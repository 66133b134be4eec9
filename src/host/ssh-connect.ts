/** Logging in over SSH: with the operator's key, to a machine whose own key is known. */
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import ssh2 from 'ssh2';
import type { SshAccess } from '../bench/bench.js';
import {
  fingerprint,
  judgeHostKey,
  keyTypeOf,
  knownHostsName,
  linesFor,
  parseKnownHosts,
} from './known-hosts.js';
import { SshError } from './ssh-error.js';
import { connectFrom, type OpenAny } from './ssh-forward.js';
import { openChannel } from './ssh-stream.js';

/** An open connection, and what it broke with if it broke. */
export interface Connection {
  readonly client: ssh2.Client;
  readonly broken: Promise<SshError>;
}

const connectMs = 10_000;
/** A machine that answers none of three in a row is lost: after about 4 s. */
const keepalive = { keepaliveInterval: 1000, keepaliveCountMax: 3 };

/** `user@host`, or `user@host:port`, for messages. */
export function nameOf({ user, host, port }: SshAccess): string {
  return port === 22 ? `${user}@${host}` : `${user}@${host}:${port}`;
}

/** Connects and logs in, by way of its jump hosts, each of which is verified. Rejects with an SshError. */
export async function connect(access: SshAccess, timeoutMs = connectMs): Promise<Connection> {
  const { jump } = access;
  if (jump === undefined) return login(access, timeoutMs);
  const gateway = await connect(jump, timeoutMs);
  try {
    const open: OpenAny = async (ask, refused) => {
      const channel = await openChannel(gateway, ask, refused);
      if (channel === undefined) throw await gateway.broken;
      return { connection: gateway, channel };
    };
    const sock = await connectFrom(nameOf(jump), open, access.host, access.port);
    const connection = await login(access, timeoutMs, sock);
    void connection.broken.then(() => gateway.client.end());
    void gateway.broken.then(() => connection.client.destroy());
    return connection;
  } catch (error) {
    gateway.client.end();
    throw error;
  }
}

/** @param sock the way to the machine; absent: a TCP connection from here */
async function login(access: SshAccess, timeoutMs: number, sock?: Duplex): Promise<Connection> {
  const { host, port, user } = access;
  const [credentials, hostKeys] = await Promise.all([credentialsFor(access), hostKeyCheck(access)]);
  const client = new ssh2.Client();
  // Listening from the start to the end: an 'error' that nobody hears would end the process.
  let failure: Error | undefined;
  client.on('error', (error) => {
    failure ??= error;
  });
  const broken = new Promise<SshError>((resolve) => {
    client.on('close', () => {
      const why = failure ? ` (${failure.message})` : '';
      resolve(
        new SshError(
          `The SSH connection to ${nameOf(access)} broke${why}. Check the machine and the way to it.`,
        ),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(explain(access, failure, timeoutMs, hostKeys.refusal()));
    client.on('ready', resolve).on('error', fail).on('close', fail);
    client.connect({
      host,
      port,
      username: user,
      readyTimeout: timeoutMs,
      ...(sock && { sock }),
      ...keepalive,
      ...credentials,
      ...hostKeys.config,
    });
  });
  return { client, broken };
}

async function credentialsFor({ identity, user, host }: SshAccess): Promise<ConnectConfig> {
  if (identity === undefined) {
    const agent = process.env.SSH_AUTH_SOCK;
    if (agent) return { agent };
    throw new SshError(
      `There is no key to log in to ${user}@${host} with: name one as \`identity\` in the bench file, ` +
        'or start an SSH agent and run `ssh-add`.',
    );
  }
  const text = await readFile(identity).catch((error: NodeJS.ErrnoException) => {
    throw new SshError(
      `The SSH key ${identity} can't be read (${error.code}): ` +
        'correct `identity` in the bench file, or its permissions.',
    );
  });
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) {
    throw new SshError(
      /encrypted/i.test(key.message)
        ? `The SSH key ${identity} is protected by a passphrase: load it into an agent with ` +
            `\`ssh-add ${identity}\` and leave \`identity\` out of the bench file.`
        : `${identity} is not an SSH private key that can be used here (${key.message}): ` +
            'make one with `ssh-keygen -t ed25519`.',
    );
  }
  return { privateKey: text };
}

/** OpenSSH's order of preference; `ssh-rsa` keys sign with SHA-2 first (RFC 8332). */
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

async function hostKeyCheck(access: SshAccess) {
  const { host, port, knownHosts: file } = access;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new SshError(
      `The file of known hosts ${file} can't be read (${error.code}): correct its permissions.`,
    );
  });
  const known = parseKnownHosts(text);
  // Like OpenSSH, ask for a key of a type that the file has: one of another type would seem a stranger's.
  const types = new Set(
    linesFor(known, access).map((line) => (line.keyType === 'ssh-rsa' ? 'rsa' : line.keyType)),
  );
  const rank = (name: string) => (types.has(/rsa/.test(name) ? 'rsa' : name) ? 0 : 1);
  const serverHostKey = [...hostKeyAlgorithms].sort((one, other) => rank(one) - rank(other));

  let refusal: SshError | undefined;
  const hostVerifier = (key: Buffer): boolean => {
    const verdict = judgeHostKey(known, access, key);
    const shown = `${keyTypeOf(key)} ${fingerprint(key)}`;
    const name = knownHostsName(access);
    const scan = `ssh-keyscan -p ${port} ${host} >> ${file}`;
    switch (verdict.is) {
      case 'known':
        return true;
      case 'unknown':
        refusal = new SshError(
          `${name} is not in ${file}. It shows the key ${shown}: ` +
            `compare that with its console, then add it with \`${scan}\`.`,
        );
        return false;
      case 'different':
        refusal = new SshError(
          `${name} shows the key ${shown}, which is not the one in ${file} (line ${verdict.lines.join(', ')}). ` +
            'It was reinstalled, or another machine answers in its place: ' +
            'compare the key with its console, and only then ' +
            `replace it with \`ssh-keygen -R '${name}' -f ${file}\` and \`${scan}\`.`,
        );
        return false;
      case 'revoked':
        refusal = new SshError(
          `${name} shows the key ${shown}, which line ${verdict.line} of ${file} revokes. ` +
            'Give the machine a new host key.',
        );
        return false;
    }
  };
  return { config: { hostVerifier, algorithms: { serverHostKey } }, refusal: () => refusal };
}

/** Turns what ssh2 and the operating system say into a sentence with its mend. */
function explain(
  access: SshAccess,
  error: (Error & { level?: string; code?: unknown }) | undefined,
  timeoutMs: number,
  refusal?: SshError,
) {
  if (refusal) return refusal;
  const { host, port, user, identity } = access;
  const target = nameOf(access);
  switch (error?.level) {
    case 'client-authentication':
      return new SshError(
        `${host} does not let ${user} in with ${identity ? `the key ${identity}` : 'any key of the SSH agent'}: ` +
          `add its public key to ${user}'s authorized_keys there, ` +
          'or correct `user` and `identity` in the bench file.',
      );
    case 'agent':
      return new SshError(
        `The SSH agent does not answer (${error.message}): start it again and run \`ssh-add\`.`,
      );
    case 'client-timeout':
      return new SshError(
        `${target} did not answer within ${timeoutMs / 1000} s: ` +
          'check that it is up and that the way to it is open.',
      );
    case 'client-dns':
      return new SshError(
        `The name ${host} is not known here: correct it in the bench file, or write an address.`,
      );
    case 'handshake':
      return new SshError(
        `${target} and this machine agree on no SSH algorithms (${error.message}): update its SSH server.`,
      );
  }
  if (error?.code === 'ECONNREFUSED') {
    return new SshError(
      `Nothing listens at ${host} port ${port}: ` +
        'start the SSH server there, or correct `port` in the bench file.',
    );
  }
  return new SshError(
    `No SSH connection to ${target} (${error?.message ?? 'it hung up'}): check the address and the way to it.`,
  );
}
