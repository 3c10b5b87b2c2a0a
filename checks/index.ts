/** The catalogue. */
import type { Kind } from "../src/check.ts";
import { clickhouse } from "./clickhouse.ts";
import { command } from "./command.ts";
import { consul } from "./consul.ts";
import { cpu } from "./cpu.ts";
import { disk } from "./disk.ts";
import { dns } from "./dns.ts";
import { elasticsearch } from "./elasticsearch.ts";
import { env } from "./env.ts";
import { etcd } from "./etcd.ts";
import { file } from "./file.ts";
import { grpc } from "./grpc.ts";
import { http } from "./http.ts";
import { influxdb } from "./influxdb.ts";
import { limit } from "./limit.ts";
import { memory } from "./memory.ts";
import { platform } from "./platform.ts";
import { port } from "./port.ts";
import { process } from "./process.ts";
import { redis } from "./redis.ts";
import { tcp } from "./tcp.ts";
import { tls } from "./tls.ts";
import { udp } from "./udp.ts";
import { unix } from "./unix.ts";
import { user } from "./user.ts";
import { vault } from "./vault.ts";

export const kinds: readonly Kind[] = [
  clickhouse,
  command,
  consul,
  cpu,
  disk,
  dns,
  elasticsearch,
  env,
  etcd,
  file,
  grpc,
  http,
  influxdb,
  limit,
  memory,
  platform,
  port,
  process,
  redis,
  tcp,
  tls,
  udp,
  unix,
  user,
  vault,
];
