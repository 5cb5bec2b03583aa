import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { lanAddresses } from '../src/cli/lan.ts';

const v4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
  cidr: `${address}/24`,
});
const v6 = (address: string): NetworkInterfaceInfo => ({
  address,
  netmask: 'ffff:ffff:ffff:ffff::',
  family: 'IPv6',
  mac: '00:00:00:00:00:00',
  internal: false,
  cidr: `${address}/64`,
  scopeid: 0,
});

describe('the addresses shown to a class', () => {
  it.each<[string, Record<string, NetworkInterfaceInfo[]>, string[], number]>([
    [
      'a Linux laptop with Docker and a virtual machine',
      {
        lo: [v4('127.0.0.1', true)],
        docker0: [v4('172.17.0.1')],
        'br-5f3a': [v4('172.18.0.1')],
        virbr0: [v4('192.168.122.1')],
        veth12ab: [v4('169.254.7.7')],
        wlp3s0: [v6('fe80::1'), v4('192.168.1.20')],
        tailscale0: [v4('100.101.1.2')],
      },
      ['192.168.1.20', '192.168.122.1', '172.17.0.1', '172.18.0.1', '100.101.1.2', '169.254.7.7'],
      1,
    ],
    [
      'a Linux server with old names',
      { eth0: [v4('10.1.2.3')], eth1: [v4('192.168.0.2')], tun0: [v4('10.8.0.1')] },
      ['192.168.0.2', '10.1.2.3', '10.8.0.1'],
      2,
    ],
    [
      'a Mac with a VPN, Parallels and AirDrop',
      {
        lo0: [v4('127.0.0.1', true)],
        utun3: [v4('10.20.0.5')],
        bridge100: [v4('192.168.64.1')],
        vmenet0: [v4('192.168.65.1')],
        awdl0: [v6('fe80::2')],
        en0: [v4('10.0.1.7'), v6('2001:db8::1')],
        en7: [v4('169.254.10.10')],
      },
      ['10.0.1.7', '192.168.64.1', '192.168.65.1', '10.20.0.5', '169.254.10.10'],
      1,
    ],
    [
      'Windows with WSL, Hyper-V, VirtualBox and VMware',
      {
        'vEthernet (WSL)': [v4('172.29.48.1')],
        'vEthernet (Default Switch)': [v4('172.20.0.1')],
        'VirtualBox Host-Only Network': [v4('192.168.56.1')],
        'VMware Network Adapter VMnet8': [v4('192.168.40.1')],
        'Local Area Connection* 2': [v4('192.168.137.1')],
        'Wi-Fi': [v6('fe80::3'), v4('172.16.4.9')],
        'Ethernet 2': [v4('169.254.1.1')],
        'Loopback Pseudo-Interface 1': [v4('127.0.0.1', true)],
      },
      [
        '172.16.4.9',
        '192.168.56.1',
        '192.168.40.1',
        '192.168.137.1',
        '172.29.48.1',
        '172.20.0.1',
        '169.254.1.1',
      ],
      1,
    ],
    [
      'Windows in German, and a name nobody knows',
      {
        WLAN: [v4('192.168.2.5')],
        'Ethernet-Schnittstelle': [v4('10.0.0.5')],
        'vEthernet (Netz)': [v4('192.168.0.1')],
        Netz: [v4('192.168.7.7')],
      },
      ['192.168.2.5', '10.0.0.5', '192.168.7.7', '192.168.0.1'],
      2,
    ],
    ['a university that gives out public addresses', { eno1: [v4('141.2.3.4')] }, ['141.2.3.4'], 0],
    ['no network', { lo: [v4('127.0.0.1', true)] }, [], 0],
  ])('on %s', (_, interfaces, addresses, likely) => {
    const found = lanAddresses(interfaces);
    expect(found.map(({ address }) => address)).toEqual(addresses);
    expect(found.map((entry) => entry.likely)).toEqual(addresses.map((__, i) => i < likely));
  });

  it('come with the name of their interface', () => {
    expect(lanAddresses({ en0: [v4('192.168.1.2')] })).toEqual([
      { address: '192.168.1.2', name: 'en0', likely: true },
    ]);
  });

  it('are read from this machine by default, without its loopback', () => {
    for (const { address } of lanAddresses()) expect(address).not.toMatch(/^127\./);
  });
});
