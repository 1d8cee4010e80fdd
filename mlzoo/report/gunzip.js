// Unpacks gzip at once. `DecompressionStream` is not ready within `beforeprint`, which waits for nothing. (RFC 1951, 1952)
function gunzip(packed) {
  "use strict";
  const out = new Uint8Array(new DataView(packed.buffer).getUint32(packed.length - 4, true));
  let at = 10;  // behind the header, in which Python names no file
  let written = 0;
  let held = 0;
  let bits = 0;  // of those held

  function fill(count) {
    for (; bits < count; bits += 8) held |= packed[at++] << bits;
  }

  function drop(count) {
    held >>>= count;
    bits -= count;
  }

  function take(count) {
    fill(count);
    const value = held & ((1 << count) - 1);
    drop(count);
    return value;
  }

  // A Huffman code as a table: whatever the next 15 bits are, the symbol that they begin with, and its length.
  function coded(lengths) {
    const table = new Uint16Array(1 << 15);
    let code = 0;
    for (let length = 1; length <= 15; length += 1, code <<= 1) {
      lengths.forEach((one, symbol) => {
        if (one !== length) return;
        let first = 0;  // the code comes with its highest bit first
        for (let bit = 0; bit < length; bit += 1) first |= ((code >> bit) & 1) << (length - 1 - bit);
        for (let entry = first; entry < table.length; entry += 1 << length) table[entry] = (symbol << 4) | length;
        code += 1;
      });
    }
    return table;
  }

  function symbolOf(table) {
    fill(15);
    const entry = table[held & 32767];
    drop(entry & 15);
    return entry >> 4;
  }

  function ownCodes() {
    const [literals, distances, count] = [take(5) + 257, take(5) + 1, take(4) + 4];
    const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].slice(0, count);
    const short = new Array(19).fill(0);
    order.forEach((symbol) => { short[symbol] = take(3); });
    const table = coded(short);
    const lengths = [];
    while (lengths.length < literals + distances) {
      const symbol = symbolOf(table);
      if (symbol < 16) lengths.push(symbol);
      else {
        const same = symbol === 16 ? lengths[lengths.length - 1] : 0;
        const times = [[2, 3], [3, 3], [7, 11]][symbol - 16];
        for (let left = take(times[0]) + times[1]; left > 0; left -= 1) lengths.push(same);
      }
    }
    return [coded(lengths.slice(0, literals)), coded(lengths.slice(literals))];
  }

  function fixedCodes() {
    const lengths = Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
    return [coded(lengths), coded(new Array(30).fill(5))];
  }

  // Lengths and distances: of each `step` symbols one more bit follows.
  function number(symbol, step) {
    if (symbol < 2 * step) return symbol;
    const more = Math.floor(symbol / step) - 1;
    return (((symbol % step) + step) << more) + take(more);
  }

  for (let last = false; !last;) {
    last = take(1) === 1;
    const kind = take(2);
    if (kind === 0) {  // as it stands
      at -= bits >> 3;
      held = bits = 0;
      const length = packed[at] + 256 * packed[at + 1];
      out.set(packed.subarray(at + 4, at + 4 + length), written);
      at += 4 + length;
      written += length;
      continue;
    }
    const [literals, distances] = kind === 1 ? fixedCodes() : ownCodes();
    for (let symbol = symbolOf(literals); symbol !== 256; symbol = symbolOf(literals)) {
      if (symbol < 256) out[written++] = symbol;
      else {
        const length = symbol === 285 ? 258 : 3 + number(symbol - 257, 4);
        const back = 1 + number(symbolOf(distances), 2);
        for (const end = written + length; written < end; written += 1) out[written] = out[written - back];
      }
    }
  }
  return out;
}
