/**
 * UDP datagrams that another machine sends for us: one small program for a run, in whatever language is there, told
 * line by line what to send. It ends with its standard input, so nothing is left behind.
 */
import type { Ssh } from './ssh.js';
import { SshError } from './ssh-error.js';

export interface Datagrams {
  /** Has the machine send a datagram with this text: letters, digits and hyphens. */
  send(address: string, port: number, text: string): void;
  close(): Promise<void>;
}

const ready = 'takeover-ready';
const startMs = 5_000;

/** Lines of `address port text`; a datagram that can't be sent is left out, like one that is lost. No backslashes. */
const perl = `
use Socket qw(:DEFAULT inet_pton AF_INET6 pack_sockaddr_in6);
$| = 1;
print "${ready}", chr(10);
while (<STDIN>) {
  my ($address, $port, $text) = split;
  my $six = $address =~ /:/ ? 1 : 0;
  socket($sockets[$six], $six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0) unless $sockets[$six];
  send $sockets[$six], $text, 0,
    $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)) : pack_sockaddr_in($port, inet_aton($address));
}
`;

const python = `
import socket, sys
sockets = {}
print('${ready}')
sys.stdout.flush()
words = sys.stdin.readline().split()
while len(words) == 3:
    family = socket.AF_INET6 if ':' in words[0] else socket.AF_INET
    if family not in sockets:
        sockets[family] = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sockets[family].sendto(words[2].encode(), (words[0], int(words[1])))
    except socket.error:
        pass
    words = sys.stdin.readline().split()
`;

/** Bash opens /dev/udp/HOST/PORT as a socket by itself. */
const bash = `
echo ${ready}
while read -r address port text; do
  printf %s "$text" > "/dev/udp/$address/$port"
done 2> /dev/null
`;

/** The first that works. Perl first: where macOS has no Python, asking for it opens a window. */
const choose = [
  'perl -e "$(printf %b "$1")" && exit',
  'python3 -c "$(printf %b "$2")" && exit',
  'python -c "$(printf %b "$2")" && exit',
  'exec bash -c "$(printf %b "$3")"',
].join('; ');

/** As an argument that every login shell takes: csh allows no line to end within quotes. */
const oneLine = (program: string): string => program.replaceAll('\n', '\\n');

/** Starts the program. Rejects with an SshError where the machine has nothing that can send a datagram. */
export async function openDatagrams(ssh: Pick<Ssh, 'stream' | 'target'>): Promise<Datagrams> {
  let started = () => {};
  const begun = new Promise<'ready'>((resolve) => {
    started = () => resolve('ready');
  });
  const stream = ssh.stream(['sh', '-c', choose, 'sh', ...[perl, python, bash].map(oneLine)], (line) => {
    if (line === ready) started();
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, startMs, 'late');
  });
  const first = await Promise.race([begun, late, stream.ended]);
  clearTimeout(timer);
  if (first !== 'ready') {
    void stream.close();
    throw new SshError(
      `${ssh.target} has no Perl, Python or Bash that sends datagrams for us: install one of them.`,
    );
  }
  return {
    send(address, port, text) {
      if (!/^[\w-]+$/.test(text)) throw new Error(`'${text}' is not a word of letters, digits and hyphens.`);
      stream.write(`${address} ${port} ${text}\n`);
    },
    close: () => stream.close(),
  };
}
