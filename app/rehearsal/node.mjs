// The browser's engine of expressions outside of a browser. A line that comes in is
// `{"ir": …, "context": {now, zone, user, roles}, "rows": [[record, old], …]}`; the line that answers has a value for each row,
// `{"values": […]}`, or `{"error": "…"}`. The path of the engine is the argument.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const source = readFileSync(process.argv[2]).toString("base64");
const { compile, surroundings } = await import(`data:text/javascript;base64,${source}`);

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { ir, context, rows } = JSON.parse(line);
    const evaluate = compile(ir);
    const around = surroundings(context);
    answer = { values: rows.map(([record, old]) => evaluate(record, old ?? null, around)) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
