/** Under which addresses other machines of the local network may reach this one. */
import { networkInterfaces } from 'node:os';

export interface LanAddress {
  /** IPv4, as in `192.168.1.20`. */
  readonly address: string;
  /** Of the network interface, as the operating system calls it. */
  readonly name: string;
  /** A private address on what looks like a real Wi-Fi or Ethernet card. */
  readonly likely: boolean;
}

/**
 * Interfaces that lead to virtual machines, containers, tunnels and phones, by their names on Linux, macOS and
 * Windows. Nobody in the classroom reaches this machine through them.
 */
const virtual: readonly RegExp[] = [
  /^(?:docker|veth|br-|virbr|vmnet|vmenet|vboxnet|lxc|lxd|cni|flannel|cali|podman|kube|tap|tun|utun)/i,
  /^(?:wg|ppp|ipsec|awdl|llw|anpi|ap\d|bridge|gif|stf|zt|ham|nordlynx|proton|dummy|ifb|rmnet|wwan)/i,
  /vethernet|virtualbox|vmware|hyper-v|wsl|tailscale|zerotier|hamachi|openvpn|wireguard|loopback/i,
  /bluetooth|npcap|vpn|parallels|local area connection\*|lan-verbindung\*/i,
];

/** Wi-Fi and Ethernet cards. Windows names them in its own language; those not listed rank a little lower. */
const physical: readonly RegExp[] = [
  /^(?:en\d+|eth\d+|wlan\d+|wl[opsx]\w*|en[opsx]\w+|end\d+)$/i,
  /^(?:wi-?fi|wlan|ethernet|lan|drahtlos|conexi[oó]n|connexion|rete|местное|беспроводная)/i,
];

/** RFC 1918, by how common each is in homes and schools. */
function privateRank(address: string): number {
  const [first, second] = address.split('.').map(Number);
  if (first === 192 && second === 168) return 0;
  if (first === 10) return 1;
  if (first === 172 && second >= 16 && second <= 31) return 2;
  // Public addresses: universities give them to laptops.
  return 3;
}

/** 169.254.x.x: the machine gave it to itself because no network did. */
const isLinkLocal = (address: string): boolean => address.startsWith('169.254.');
const matches = (name: string, patterns: readonly RegExp[]): boolean =>
  patterns.some((pattern) => pattern.test(name));

/** Lower is better: how the interface is named counts for more than which range its address is of. */
function rank({ address, name }: { address: string; name: string }): number {
  if (isLinkLocal(address)) return 300;
  if (matches(name, virtual)) return 200 + privateRank(address);
  return (matches(name, physical) ? 0 : 100) + 10 * privateRank(address);
}

/**
 * @param interfaces - as `os.networkInterfaces()` gives them
 * @returns IPv4 addresses of this machine, the likeliest first; loopback never
 */
export function lanAddresses(
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): LanAddress[] {
  return Object.entries(interfaces)
    .flatMap(([name, addresses = []]) =>
      addresses
        .filter(({ family, internal }) => family === 'IPv4' && !internal)
        .map(({ address }) => ({ address, name })),
    )
    .sort((a, b) => rank(a) - rank(b))
    .map((found) => ({ ...found, likely: rank(found) < 30 }));
}
