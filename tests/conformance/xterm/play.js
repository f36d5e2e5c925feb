// Plays jobs in xterm.js and tells what its screen shows. One job a line on stdin, one answer a line on stdout:
//   {"cols", "rows", "events": [["o", base64] | ["r", cols, rows] | ["m", label]]}  ->  [screen at each mark]
// A screen is {"rows": [[[text, cells, fg, bg, attrs, underline, underline colour], ...], ...], "cursor": [x, y, visible]},
// in the numbers of ssmtui.terminal.screen: colours -1, 0..255 or 0x1000000 | rgb; attrs the bits of Attr.
"use strict";

const readline = require("node:readline");
const { Terminal } = require("@xterm/headless");
const { Unicode11Addon } = require("@xterm/addon-unicode11");

const ATTRS = ["isBold", "isDim", "isItalic", "isBlink", "isInverse", "isInvisible", "isStrikethrough", "isOverline"];
const RGB = 0x1000000;

function colour(cell, which) {
  if (cell[`is${which}Default`]()) return -1;
  return cell[`is${which}RGB`]() ? RGB | cell[`get${which}Color`]() : cell[`get${which}Color`]();
}

function style(cell) {
  const attrs = ATTRS.reduce((bits, name, index) => (cell[name]() ? bits | (1 << index) : bits), 0);
  const underline = cell.isUnderline() ? cell.getUnderlineStyle() : 0;
  return [colour(cell, "Fg"), colour(cell, "Bg"), attrs, underline, underline ? underlineColour(cell) : -1];
}

function underlineColour(cell) {
  // Where no colour is set, xterm.js answers with the foreground's; after SGR 59 with all bits set.
  const set = cell.extended.underlineColor & 0x3ffffff;
  if (set === 0 || set === 0x3ffffff) return -1;
  return cell.isUnderlineColorRGB() ? RGB | cell.getUnderlineColor() : cell.getUnderlineColor();
}

function row(line, cols) {
  const runs = [];
  for (let x = 0; x < cols; x++) {
    const cell = line.getCell(x);
    if (cell.getWidth() === 0) continue;
    runs.push([cell.getChars() || " ", cell.getWidth(), ...style(cell)]);
  }
  return runs;
}

function screen(terminal) {
  const buffer = terminal.buffer.active;
  const rows = [];
  for (let y = 0; y < terminal.rows; y++) rows.push(row(buffer.getLine(buffer.baseY + y), terminal.cols));
  const visible = !terminal._core.coreService.isCursorHidden;
  return { rows, cursor: [Math.min(buffer.cursorX, terminal.cols - 1), buffer.cursorY, visible] };
}

async function play(job) {
  const terminal = new Terminal({
    cols: job.cols,
    rows: job.rows,
    scrollback: 1000,
    reflowCursorLine: true, // as our engines do
    allowProposedApi: true,
  });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  const screens = [];
  for (const [what, ...values] of job.events) {
    if (what === "o") await new Promise((done) => terminal.write(Buffer.from(values[0], "base64"), done));
    else if (what === "r") terminal.resize(...values);
    else screens.push(screen(terminal));
  }
  terminal.dispose();
  return screens;
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await play(JSON.parse(line))) + "\n");
  }
})();
