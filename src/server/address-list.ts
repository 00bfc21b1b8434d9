import { BlockList, isIP } from "node:net";
import { VigiaError } from "../kit/errors.ts";

export interface AddressList {
  readonly isEmpty: boolean;
  has(address: string): boolean;
}

/** Addresses and CIDR ranges of a setting. Errors: `bad_configuration` naming the variable and the entry. */
export function parseAddressList(entries: readonly string[], variable: string): AddressList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    const family = familyOf(address);
    const bits = prefix === undefined ? undefined : Number(prefix);
    if (!family || (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= WIDTH[family])))
      throw new VigiaError("bad_configuration", `${variable} holds "${entry.slice(0, 60)}", which is no address.`, {
        hint: "Use addresses or ranges such as 127.0.0.1 or 10.0.0.0/8.",
      });
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return {
    isEmpty: entries.length === 0,
    has: (address) => {
      const family = familyOf(address);
      return family !== undefined && list.check(address, family);
    },
  };
}

const WIDTH = { ipv4: 32, ipv6: 128 } as const;

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  return version === 4 ? "ipv4" : version === 6 ? "ipv6" : undefined;
}

/** IPv4 written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

export const isLoopback = (address: string): boolean => address === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address);
