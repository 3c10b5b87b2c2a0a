/** Images are known by their names, whatever stands before and behind them. */
import { test } from "tap";
import { parse } from "yaml";
import { habitOf, HABITS } from "../../../src/author/compose/habits.ts";

test("an image is known with its registry, its owner, its tag and its digest", (t) => {
  for (const image of [
    "postgres",
    "postgres:16-alpine",
    "docker.io/library/postgres:16",
    "localhost:5000/postgres",
    "registry.example.com:5000/mirror/postgres:16@sha256:abc",
  ])
    t.equal(habitOf(image)?.image, "postgres", image);
  t.equal(habitOf("mcr.microsoft.com/mssql/server:2022-latest")?.image, "mssql/server");
  for (const image of ["", "example/server", "mypostgres", "postgres-backup"])
    t.equal(habitOf(image), undefined, image);
  t.end();
});

test("another maker's image of the same name gets no test that would not be in it", (t) => {
  t.match(habitOf("mariadb:11")?.test, "healthcheck.sh");
  t.equal(habitOf("bitnami/mariadb:11")?.test, "");
  t.same(habitOf("bitnami/mariadb:11")?.ports, [3306]);
  t.end();
});

test("every test of the table is a healthcheck's list, and every port and time is one", (t) => {
  for (const h of HABITS.values()) {
    if (h.test !== "") t.match((parse(h.test) as string[])[0], /^CMD(?:-SHELL)?$/, h.image);
    for (const p of h.ports) t.ok(Number.isInteger(p) && p > 0 && p < 65_536, h.image);
    t.ok(h.starts >= 1 && h.starts < 600, h.image);
  }
  t.ok(HABITS.size > 80);
  t.end();
});
