import { test } from "tap";
import { hygiene, schemed } from "../../src/host/values.ts";

void test("hygiene names the first thing that is odd, and where it stands", (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ["plain", ""],
    ['a "quoted" word', ""],
    ["${", ""],
    ["$HOME", ""],
    ['\ufeff"x"', "begins with a byte order mark (U+FEFF)"],
    ['"x"\r', "ends with a carriage return"],
    ["a\rb", "has a carriage return at character 2"],
    ["\u00a0x", "begins with a blank"],
    ["x ", "ends with a blank"],
    ["x\n", "ends with a line end"],
    ["\t\n", "nothing but blanks"],
    ['"x"', "wrapped in double quotes"],
    ['""', "wrapped in double quotes"],
    ["'x'", "wrapped in single quotes"],
    ["ab${X:-y}", 'an unresolved "${…}" at character 3'],
  ];
  for (const [value, why] of rows) t.equal(hygiene(value, "string").why, why, JSON.stringify(value));
  t.equal(hygiene('"x"', "json").why, "", "a JSON text is in quotes");
  t.equal(hygiene("'x'", "json").why, "wrapped in single quotes");
  t.end();
});

void test("schemed takes a scheme, or what stands in front of its colon", (t) => {
  t.equal(schemed("https", [], "").why, "");
  t.equal(schemed("jdbc:mysql", ["jdbc"], "jdbc").why, "");
  t.equal(schemed("ftp", ["http", "https"], "http or https").why, 'scheme is "ftp", want http or https');
  t.end();
});
