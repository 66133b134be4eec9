/** libpcap and the C library, as this driver calls them. Signatures: pcap/pcap.h, POSIX.1-2008. */
import koffi from 'koffi';

/** The address of something in C memory. */
export type Pointer = bigint;

/** 1.10's names on Debian and its kin, elsewhere on Linux, on macOS. */
const libpcapNames = ['libpcap.so.0.8', 'libpcap.so.1', 'libpcap.so', 'libpcap.dylib', 'libpcap.A.dylib'];

function loadLibpcap() {
  for (const name of libpcapNames) {
    try {
      return koffi.load(name);
    } catch {
      // Not under this name.
    }
  }
  throw new Error('libpcap is not installed: install the package libpcap0.8 (Debian) or libpcap (others).');
}

koffi.opaque('pcap_t');
koffi.opaque('pcap_dumper_t');
koffi.opaque('FILE');

koffi.alias('ssize_t', 'intptr_t');

const pcapLibrary = loadLibpcap();
/** What the process is linked with already: the C library. */
const cLibrary = koffi.load(null);

/** pcap_t and what is done with it; pcap(3pcap). Negative results are PCAP_ERROR codes. */
export const pcap = {
  create: pcapLibrary.func('pcap_t *pcap_create(const char *source, _Out_ void *errbuf)') as (
    source: string,
    errbuf: Uint8Array,
  ) => Pointer | null,
  setSnaplen: pcapLibrary.func('int pcap_set_snaplen(pcap_t *p, int snaplen)') as Setter,
  setPromisc: pcapLibrary.func('int pcap_set_promisc(pcap_t *p, int promisc)') as Setter,
  setTimeout: pcapLibrary.func('int pcap_set_timeout(pcap_t *p, int to_ms)') as Setter,
  setBufferSize: pcapLibrary.func('int pcap_set_buffer_size(pcap_t *p, int buffer_size)') as Setter,
  setTstampPrecision: pcapLibrary.func('int pcap_set_tstamp_precision(pcap_t *p, int precision)') as Setter,
  getTstampPrecision: pcapLibrary.func('int pcap_get_tstamp_precision(pcap_t *p)') as Getter,
  activate: pcapLibrary.func('int pcap_activate(pcap_t *p)') as Getter,
  datalink: pcapLibrary.func('int pcap_datalink(pcap_t *p)') as Getter,
  setNonblock: pcapLibrary.func('int pcap_setnonblock(pcap_t *p, int nonblock, _Out_ void *errbuf)') as (
    p: Pointer,
    nonblock: number,
    errbuf: Uint8Array,
  ) => number,
  setDirection: pcapLibrary.func('int pcap_setdirection(pcap_t *p, int d)') as Setter,
  getSelectableFd: pcapLibrary.func('int pcap_get_selectable_fd(pcap_t *p)') as Getter,
  dumpFopen: pcapLibrary.func('pcap_dumper_t *pcap_dump_fopen(pcap_t *p, FILE *fp)') as (
    p: Pointer,
    fp: Pointer,
  ) => Pointer | null,
  dumpClose: pcapLibrary.func('void pcap_dump_close(pcap_dumper_t *p)') as (p: Pointer) => void,
  /** The callback is a C function's address, and `user` what it is given. */
  dispatch: pcapLibrary.func('int pcap_dispatch(pcap_t *p, int cnt, void *callback, void *user)') as (
    p: Pointer,
    count: number,
    callback: Pointer,
    user: Pointer,
  ) => number,
  inject: pcapLibrary.func('int pcap_inject(pcap_t *p, const void *buf, size_t size)') as (
    p: Pointer,
    buffer: Uint8Array,
    size: number,
  ) => number,
  /** Writes struct pcap_stat: ps_recv, ps_drop, ps_ifdrop, each an unsigned int. */
  stats: pcapLibrary.func('int pcap_stats(pcap_t *p, _Out_ void *ps)') as (
    p: Pointer,
    stat: Uint32Array,
  ) => number,
  getErr: pcapLibrary.func('const char *pcap_geterr(pcap_t *p)') as (p: Pointer) => string,
  close: pcapLibrary.func('void pcap_close(pcap_t *p)') as (p: Pointer) => void,
  libVersion: pcapLibrary.func('const char *pcap_lib_version(void)') as () => string,
  /** The address of pcap_dump(), to be dispatched to. */
  dump: pcapLibrary.symbol('pcap_dump') as Pointer,
};

type Setter = (p: Pointer, value: number) => number;
type Getter = (p: Pointer) => number;

/** The C library; results as in POSIX, with the reason in `koffi.errno()`. */
export const c = {
  openMemstream: cLibrary.func('FILE *open_memstream(void *bufp, void *sizep)') as (
    bufp: Pointer,
    sizep: Pointer,
  ) => Pointer | null,
  rewind: cLibrary.func('void rewind(FILE *stream)') as (stream: Pointer) => void,
  fflush: cLibrary.func('int fflush(FILE *stream)') as (stream: Pointer) => number,
  ifNametoindex: cLibrary.func('unsigned int if_nametoindex(const char *ifname)') as (name: string) => number,
  socket: cLibrary.func('int socket(int domain, int type, int protocol)') as (
    domain: number,
    type: number,
    protocol: number,
  ) => number,
  bind: cLibrary.func('int bind(int fd, const void *address, uint32_t length)') as (
    fd: number,
    address: Uint8Array,
    length: number,
  ) => number,
  setsockopt: cLibrary.func(
    'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
  ) as (fd: number, level: number, name: number, value: unknown, length: number) => number,
  send: cLibrary.func('ssize_t send(int fd, const void *buffer, size_t length, int flags)') as (
    fd: number,
    buffer: Uint8Array | null,
    length: number,
    flags: number,
  ) => number,
  mmap: cLibrary.func(
    'void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)',
  ) as (
    address: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => Pointer | null,
  munmap: cLibrary.func('int munmap(void *address, size_t length)') as (
    address: Pointer,
    length: number,
  ) => number,
  ioctl: cLibrary.func('int ioctl(int fd, unsigned long request, ...)') as (
    fd: number,
    request: number,
    type: string,
    argument: Uint8Array,
  ) => number,
  close: cLibrary.func('int close(int fd)') as (fd: number) => number,
};

/** errno of the last C call. */
export const errno = (): number => koffi.errno();
export const errnos: Readonly<Record<string, number>> = koffi.os.errno;

/** Memory that C keeps the address of, so it must not move. Freed with `release`. */
export const allocate = (type: string, count: number): Pointer => koffi.alloc(type, count);
export const release = (address: Pointer): void => koffi.free(address);
/** The octets at an address, without a copy. Never to be touched after they were released. */
export const viewOf = (address: Pointer, octets: number): Uint8Array =>
  new Uint8Array(koffi.view(address, octets));
export const readPointer = (address: Pointer): Pointer => koffi.decode(address, 'void *');
export const readSize = (address: Pointer): number => Number(koffi.decode(address, 'size_t'));
