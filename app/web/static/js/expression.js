// The engine of expressions in the browser: the typed tree that the server sends (see app/expression/node.py) to closures.
// It says what app/expression/python.py says, to the last digit: numbers are BigInt with the scale of their type, days and
// moments are counts (of days, of milliseconds), texts are cut by code points, and a blank is null.

const DAY = 864e5;
const FIRST = -62135596800000; // 0001-01-01
const END = 253402300800000; // 10000-01-01
const BLANKS = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const TRIM = new RegExp(`^[${BLANKS}\\ufeff]+|[${BLANKS}\\ufeff]+$`, "g");
const SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"; // of a credit code
const URL_PART = `[^\\x1c-\\x1f${BLANKS}<>"`;
const FORMATS = {
  mobile_cn: /^(?:\+86)?1[3-9][0-9]{9}$/u,
  url: new RegExp(`^https?://${URL_PART}/?#]{1,253}(?:[/?#]${URL_PART}]*)?$`, "u"),
  postcode_cn: /^[0-9]{6}$/u,
  id_card_cn: /^[1-9][0-9]{16}[0-9X]$/u,
  bank_card: /^[0-9]{12,19}$/u,
  uscc: new RegExp(`^[${SIGNS}]{18}$`, "u"),
};
const PROOFS = {
  uscc: (text) => SIGNS[(31 - (weighed(text.slice(0, 17), (value, place) => value * 3 ** place) % 31)) % 31] === text[17],
  id_card_cn: (text) => "10X98765432"[weighed(text.slice(0, 17), (value, place) => value * 2 ** (17 - place)) % 11] === text[17],
  bank_card: (text) => weighed([...text].reverse(), (value, place) => (place % 2 ? (value > 4 ? 2 * value - 9 : 2 * value) : value)) % 10 === 0,
};
const weighed = (text, weight) => [...text].reduce((sum, sign, place) => sum + weight(SIGNS.indexOf(sign), place), 0);

// Numbers

const powers = [1n];
const power = (exponent) => (powers[exponent] ??= 10n ** BigInt(exponent));
const floorDiv = (a, b) => a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
// A half goes away from zero.
const divide = (a, b) => {
  const rest = a % b;
  const twice = 2n * (rest < 0n ? -rest : rest);
  return a / b + (twice >= (b < 0n ? -b : b) ? (a < 0n !== b < 0n ? -1n : 1n) : 0n);
};
const rescale = (value, from, to) => (value === null || from === to ? value : to > from ? value * power(to - from) : divide(value, power(from - to)));
const scaleOf = (tag) => +tag.slice(1);

// Days and moments

const dayOf = (text) => Date.parse(text) / DAY;
const isoDay = (day) => new Date(day * DAY).toISOString().slice(0, 10);
const parts = (day) => {
  const date = new Date(day * DAY);
  return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
};
const dayAt = (year, month, day) => new Date(0).setUTCFullYear(year, month, day) / DAY;
const within = (moment) => (moment >= FIRST && moment < END ? moment : null);
const clocks = new Map();
// What the clocks of a zone show at a moment, as if it were UTC.
const local = (moment, zone) => {
  if (!clocks.has(zone)) {
    const numeric = Object.fromEntries(["year", "month", "day", "hour", "minute", "second"].map((each) => [each, "numeric"]));
    clocks.set(zone, new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", { ...numeric, timeZone: zone, hourCycle: "h23" }));
  }
  const found = {};
  for (const { type, value } of clocks.get(zone).formatToParts(moment)) found[type] = +value;
  const date = new Date(0).setUTCFullYear(found.year, found.month - 1, found.day);
  return date + found.hour * 36e5 + found.minute * 6e4 + found.second * 1e3 + (((moment % 1e3) + 1e3) % 1e3);
};
// The moment at which the clocks show that; where they do so twice the first, or the second; where never, as if not yet turned.
const moment = (shown, zone, second) => {
  const [before, after] = [shown - DAY, shown + DAY].map((each) => shown - (local(each, zone) - each));
  const fits = [before, after].map((each) => local(each, zone) === shown);
  if (fits[0] === fits[1]) return second ? after : before;
  return fits[0] ? before : after;
};
const zoneDay = (value, tag, zone) => (tag === "m" ? Math.floor(local(value, zone) / DAY) : value);
const addMonths = (day, count) => {
  const [year, month, date] = parts(day);
  const months = BigInt(year * 12 + month) + count;
  const [newYear, newMonth] = [Number(floorDiv(months, 12n)), Number(((months % 12n) + 12n) % 12n)];
  if (newYear < 1 || newYear > 9999) return null;
  return dayAt(newYear, newMonth, Math.min(date, parts(dayAt(newYear, newMonth + 1, 0))[2]));
};

// Values as JSON carries them, and back

const reader = (tag) => {
  const plain = (read) => (value) => (value === null || value === undefined || value === "" ? null : read(value));
  if (tag === "b") return (value) => value === true;
  if (tag === "d") return plain(dayOf);
  if (tag === "m") return plain(Date.parse);
  if (tag[0] !== "n") return (value) => value ?? null;
  const scale = scaleOf(tag);
  return plain((value) => {
    const [whole, part = ""] = String(value).split(".");
    return rescale(BigInt(whole + part), part.length, scale);
  });
};

export const written = (value, scale) => {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return (value < 0n ? "-" : "") + (scale ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits);
};
const writer = (tag) => {
  if (tag === "d") return (value) => (value === null ? null : isoDay(value));
  if (tag === "m") return (value) => (value === null ? null : new Date(value).toISOString());
  if (tag[0] !== "n") return (value) => value;
  return (value) => (value === null ? null : written(value, scaleOf(tag)));
};
const toText = (tag) => {
  const write = writer(tag);
  if (tag === "b") return String;
  if (tag[0] !== "n" || tag === "n0") return write;
  return (value) => (value === null ? null : write(value).replace(/\.?0+$/, ""));
};

// What the operations do. Each takes the node's arguments as closures of (row, old, context).

const at = (row, key) => (Object.hasOwn(row, key) ? row[key] : null);
const same = (one, other) => one === other || (typeof one === "object" && typeof other === "object" && JSON.stringify(one) === JSON.stringify(other));
const passing = (args, act) => {
  if (args.length === 1) {
    const [one] = args;
    return (r, o, c) => {
      const a = one(r, o, c);
      return a === null ? null : act(a, c);
    };
  }
  if (args.length === 2) {
    const [one, other] = args;
    return (r, o, c) => {
      const a = one(r, o, c);
      const b = other(r, o, c);
      return a === null || b === null ? null : act(a, b, c);
    };
  }
  return (r, o, c) => {
    const values = args.map((each) => each(r, o, c));
    return values.includes(null) ? null : act(...values, c);
  };
};
const isNumber = (tag) => tag[0] === "n";
// The arguments with one scale, the greatest or that of the result.
const level = (nodes, to = Math.max(0, ...nodes.map((each) => (isNumber(each[1]) ? scaleOf(each[1]) : 0)))) =>
  nodes.map((node) => {
    const made = build(node);
    if (!isNumber(node[1]) || scaleOf(node[1]) === to) return made;
    const from = scaleOf(node[1]);
    return (r, o, c) => rescale(made(r, o, c), from, to);
  });
const compared = (act) => (tag, args) => {
  const compare = passing(level(args), act);
  return (r, o, c) => compare(r, o, c) === true;
};
const listed = (node, value) => {
  const scale = Math.max(0, ...[...node.slice(2), value].map((each) => (isNumber(each[1]) ? scaleOf(each[1]) : 0)));
  return new Set(level(node.slice(2), scale).map((each) => each()));
};
const equal = (args) => {
  const [one, other] = level(args);
  return (r, o, c) => one(r, o, c) === other(r, o, c);
};
const arithmetic = (act) => (tag, args) => passing(level(args, scaleOf(tag)), act);

const OPERATIONS = {
  const: (tag, [value]) => {
    const found = reader(tag)(value);
    return () => found;
  },
  field: (tag, [key]) => {
    const read = reader(tag);
    return (r) => read(at(r, key));
  },
  old: (tag, [key]) => {
    const read = reader(tag);
    return (r, o) => read(o === null ? null : at(o, key));
  },
  user: (tag, [key]) => {
    const read = reader(tag);
    return (r, o, c) => read(at(c.user, key));
  },
  role: (tag, [key]) => (r, o, c) => c.roles.includes(key),
  changed: (tag, [key]) => (r, o) => o === null || !same(at(r, key), at(o, key)),
  new: () => (r, o) => o === null,
  map: (tag, [pairs, arg]) => {
    const read = reader(tag);
    const known = new Map(Object.entries(pairs).map(([key, value]) => [key, read(value)]));
    const find = build(arg);
    return (r, o, c) => known.get(find(r, o, c)) ?? null;
  },
  piece: (tag, [key, arg]) => passing([build(arg)], (whole) => at(whole, key) || null),
  target: (tag, [arg]) => passing([build(arg)], (pointed) => pointed[0]),
  and: (tag, args) => {
    const all = args.map(build);
    return (r, o, c) => all.every((each) => each(r, o, c));
  },
  or: (tag, args) => {
    const all = args.map(build);
    return (r, o, c) => all.some((each) => each(r, o, c));
  },
  not: (tag, [arg]) => {
    const find = build(arg);
    return (r, o, c) => !find(r, o, c);
  },
  eq: (tag, args) => equal(args),
  ne: (tag, args) => {
    const find = equal(args);
    return (r, o, c) => !find(r, o, c);
  },
  lt: compared((a, b) => a < b),
  le: compared((a, b) => a <= b),
  gt: compared((a, b) => a > b),
  ge: compared((a, b) => a >= b),
  in: (tag, [value, list]) => {
    const wanted = listed(list, value);
    const [find] = level([value, ...list.slice(2)]);
    return (r, o, c) => wanted.has(find(r, o, c));
  },
  // Links stand for the record that they lead to.
  has: (tag, args) => {
    const find = passing(args.map(build), (many, value) => many.some((each) => (Array.isArray(each) ? each[0] : each) === value));
    return (r, o, c) => find(r, o, c) === true;
  },
  add: arithmetic((a, b) => a + b),
  sub: arithmetic((a, b) => a - b),
  mul: (tag, args) => passing(args.map(build), (a, b) => a * b),
  div: (tag, args) => {
    const shift = 6 + scaleOf(args[1][1]) - scaleOf(args[0][1]);
    const [up, down] = shift < 0 ? [1n, power(-shift)] : [power(shift), 1n];
    return passing(args.map(build), (a, b) => (b === 0n ? null : divide(a * up, b * down)));
  },
  neg: (tag, args) => passing(args.map(build), (a) => -a),
  if: (tag, [condition, ...args]) => {
    const find = build(condition);
    const [one, other] = isNumber(tag) ? level(args, scaleOf(tag)) : args.map(build);
    return (r, o, c) => (find(r, o, c) ? one : other)(r, o, c);
  },
  coalesce: (tag, args) => {
    const all = isNumber(tag) ? level(args, scaleOf(tag)) : args.map(build);
    return (r, o, c) => {
      for (const each of all) {
        const value = each(r, o, c);
        if (value !== null) return value;
      }
      return null;
    };
  },
  call: (tag, [name, ...args]) => FUNCTIONS[name](tag, args),
};
OPERATIONS.aggregate = OPERATIONS.field;

const simple = (act) => (tag, args) => passing(args.map(build), act);
const holds = (act) => (tag, args) => {
  const find = passing(args.map(build), act);
  return (r, o, c) => find(r, o, c) === true;
};
const counted = (act) => (tag, args) => {
  const find = build(args[0]);
  return (r, o, c) => BigInt(act(find(r, o, c) ?? ""));
};
const whole = (value, node) => (isNumber(node[1]) ? value / power(scaleOf(node[1])) : value); // towards zero
const cut = (act) => (tag, args) =>
  passing(args.map(build), (text, ...counts) => act([...text], ...args.slice(1).map((node, place) => Number(whole(counts[place], node)))).join("") || null);
const rounding = (act) => (tag, args) => {
  const from = scaleOf(args[0][1]);
  return passing([build(args[0])], (value) => act(value, from, scaleOf(tag)));
};
const extreme = (better) => (tag, args) => passing(isNumber(tag) ? level(args, scaleOf(tag)) : args.map(build), (...values) => values.slice(0, args.length).reduce((a, b) => (better(b, a) ? b : a)));
const ofDay = (act) => simple((day) => act(...parts(day)));
const weekday = (day) => ((((day + 3) % 7) + 7) % 7) + 1;
const set = (act) => (tag, [many, list]) => {
  const wanted = [...listed(list, list)];
  const find = build(many);
  return (r, o, c) => {
    const values = find(r, o, c);
    return values !== null && act(wanted, (each) => values.includes(each));
  };
};
const step = (tag) => (tag === "m" ? [DAY, (value) => within(value)] : [1, (value) => (within(value * DAY) === null ? null : value)]);

const FUNCTIONS = {
  is_blank: (tag, [arg]) => {
    const find = build(arg);
    return (r, o, c) => {
      const value = find(r, o, c);
      return value === null || value === "" || (Array.isArray(value) && value.length === 0);
    };
  },
  contains: holds((text, part) => text.includes(part)),
  icontains: holds((text, part) => text.toLowerCase().includes(part.toLowerCase())),
  starts_with: holds((text, part) => text.startsWith(part)),
  ends_with: holds((text, part) => text.endsWith(part)),
  len: counted((text) => [...text].length),
  count: counted((many) => many.length),
  lower: simple((text) => text.toLowerCase()),
  upper: simple((text) => text.toUpperCase()),
  trim: simple((text) => text.replace(TRIM, "") || null),
  concat: (tag, args) => {
    const all = args.map((node) => [build(node), toText(node[1])]);
    return (r, o, c) => all.map(([find, write]) => write(find(r, o, c)) ?? "").join("") || null;
  },
  to_text: (tag, [arg]) => passing([build(arg)], (value) => toText(arg[1])(value)),
  left: cut((text, count) => text.slice(0, Math.max(count, 0))),
  right: cut((text, count) => (count < 1 ? [] : text.slice(-count))),
  substr: cut((text, start, count) => (count < 1 ? [] : text.slice(Math.max(start, 1) - 1).slice(0, count))),
  replace: (tag, args) => {
    const [text, from, to] = args.map(build);
    return (r, o, c) => {
      const [value, part] = [text(r, o, c), from(r, o, c)];
      return value === null || part === null ? value : value.replaceAll(part, () => to(r, o, c) ?? "") || null;
    };
  },
  matches_format: (tag, [text, [, , name]]) => {
    const find = passing([build(text)], (value) => [...value].length <= 2000 && FORMATS[name].test(value) && (PROOFS[name]?.(value) ?? true));
    return (r, o, c) => find(r, o, c) === true;
  },
  abs: simple((value) => (value < 0n ? -value : value)),
  min: extreme((a, b) => a < b),
  max: extreme((a, b) => a > b),
  round: rounding(rescale),
  floor: rounding((value, from) => floorDiv(value, power(from))),
  ceil: rounding((value, from) => -floorDiv(-value, power(from))),
  today: () => (r, o, c) => c.today,
  now: () => (r, o, c) => c.now,
  date: (tag, [arg]) => passing([build(arg)], (value, c) => zoneDay(value, arg[1], c.zone)),
  add_days: (tag, [value, count]) => {
    const [unit, bound] = step(tag);
    return passing([build(value), build(count)], (start, days) => bound(start + Number(whole(days, count)) * unit));
  },
  add_hours: (tag, args) => passing(args.map(build), (start, hours) => within(start + Number(rescale(hours * 3600000n, scaleOf(args[1][1]), 0)))),
  add_months: (tag, [value, count]) =>
    passing([build(value), build(count)], (start, months, c) => {
      const by = whole(months, count);
      if (tag !== "m") return addMonths(start, by);
      const shown = local(start, c.zone);
      const day = Math.floor(shown / DAY);
      const moved = addMonths(day, by);
      return moved === null ? null : moment(moved * DAY + (shown - day * DAY), c.zone, moment(shown, c.zone, false) !== start);
    }),
  days_between: (tag, args) => passing(args.map(build), (from, to, c) => BigInt(zoneDay(to, args[1][1], c.zone) - zoneDay(from, args[0][1], c.zone))),
  hours_between: simple((from, to) => divide(BigInt(to - from) * 100n, 3600000n)),
  year: ofDay((year) => BigInt(year)),
  month: ofDay((_, month) => BigInt(month + 1)),
  day: ofDay((_, __, day) => BigInt(day)),
  weekday: simple((day) => BigInt(weekday(day))),
  start_of_month: ofDay((year, month) => dayAt(year, month, 1)),
  end_of_month: ofDay((year, month) => dayAt(year, month + 1, 0)),
  start_of_week: simple((day) => day - weekday(day) + 1),
  start_of_year: ofDay((year) => dayAt(year, 0, 1)),
  has_any: set((wanted, has) => wanted.some(has)),
  has_all: set((wanted, has) => wanted.every(has)),
};

const build = ([op, tag, ...rest]) => OPERATIONS[op](tag, rest);

// `(row, old, context) => value`, all as JSON carries them; `old` is null for a record that is being created.
export function compile(node) {
  const find = build(node);
  const write = writer(node[1]);
  return (row, old, context) => write(find(row, old, context));
}

// What surrounds an evaluation: one clock (ISO 8601), the company's zone by name, the acting person and his roles.
export function surroundings({ now, zone, user = {}, roles = [] }) {
  const at = Date.parse(now);
  return { now: at, zone, user, roles, today: Math.floor(local(at, zone) / DAY) };
}

// What an input for a moment holds (`2026-11-22T13:00`, on the clocks of a zone) as JSON carries it.
export const instant = (text, zone) => new Date(moment(Date.parse(`${text}Z`), zone, false)).toISOString();
