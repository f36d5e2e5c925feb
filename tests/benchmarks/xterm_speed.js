// Parses stdin in xterm.js, in pieces of 16 KB, and prints the seconds that takes: cols, rows and scrollback as arguments.
"use strict";

const { createRequire } = require("node:module");
const { Terminal } = createRequire(`${__dirname}/../conformance/xterm/`)("@xterm/headless");

const [cols, rows, scrollback] = process.argv.slice(2).map(Number);
const data = require("node:fs").readFileSync(0);
const terminal = new Terminal({ cols, rows, scrollback, allowProposedApi: true });
const began = process.hrtime.bigint();
for (let start = 0; start < data.length; start += 16384) terminal.write(data.subarray(start, start + 16384));
terminal.write("", () => console.log(Number(process.hrtime.bigint() - began) / 1e9));
