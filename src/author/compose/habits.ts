/** What well-known images do by habit: where they listen, how long they take, whether they have a healthcheck. */

/**
 * Ports and healthchecks are those of the images' own Dockerfiles and pages on Docker Hub. Seconds are estimates for a first
 * start on a small machine, with an empty volume.
 */
export interface Habit {
  /** Of the image's name, without registry, owner where it does not matter, and tag. */
  readonly image: string;
  readonly ports: readonly number[];
  /** Seconds from the container's start until it answers. */
  readonly starts: number;
  /** Whether the image brings a healthcheck. */
  readonly checks: boolean;
  /** A test to put into a healthcheck, "" where none comes with the image. */
  readonly test: string;
}

/** image | ports | seconds | has a healthcheck | a test for one */
const TABLE = `
postgres|5432|6||[CMD, pg_isready, --quiet, --host=localhost]
postgis|5432|8||[CMD, pg_isready, --quiet, --host=localhost]
timescaledb|5432|8||[CMD, pg_isready, --quiet, --host=localhost]
pgvector|5432|6||[CMD, pg_isready, --quiet, --host=localhost]
postgresql|5432|8||[CMD, pg_isready, --quiet, --host=localhost]
pgbouncer|5432,6432|1||
mysql|3306,33060|15||[CMD, mysqladmin, ping, --host=127.0.0.1, --silent]
mysql-server|3306,33060|15|yes|
mariadb|3306|8||[CMD, healthcheck.sh, --connect, --innodb_initialized]
percona|3306|15||[CMD, mysqladmin, ping, --host=127.0.0.1, --silent]
mongo|27017|5||[CMD, mongosh, --quiet, --eval, "db.adminCommand('ping').ok"]
mongodb|27017|6||
redis|6379|1||[CMD, redis-cli, ping]
redis-stack|6379,8001|2||[CMD, redis-cli, ping]
redis-stack-server|6379|2||[CMD, redis-cli, ping]
valkey|6379|1||[CMD, valkey-cli, ping]
keydb|6379|1||
memcached|11211|1||
rabbitmq|5672,15672,5671,15671,25672,1883,61613|10||[CMD, rabbitmq-diagnostics, --quiet, check_port_connectivity]
kafka|9092,9093,9094|12||[CMD, /opt/kafka/bin/kafka-broker-api-versions.sh, --bootstrap-server, localhost:9092]
cp-kafka|9092,9093,29092|15||[CMD, kafka-broker-api-versions, --bootstrap-server, localhost:9092]
cp-zookeeper|2181,2888,3888|6||[CMD-SHELL, echo srvr | nc localhost 2181]
zookeeper|2181,2888,3888,8080|5||[CMD, zkServer.sh, status]
cp-schema-registry|8081|12||
cp-kafka-connect|8083|25||
redpanda|9092,9644,8081,8082|5||[CMD, rpk, cluster, health, --exit-when-healthy]
nats|4222,8222,6222|1||
activemq-classic|61616,8161|10||
activemq-artemis|61616,8161|12||
pulsar|6650,8080|25||
mosquitto|1883,9001|1||[CMD, mosquitto_pub, -t, health, -n]
elasticsearch|9200,9300|25||[CMD-SHELL, curl --silent --fail localhost:9200/_cluster/health]
opensearch|9200,9300,9600|25||
kibana|5601|30||
logstash|5044,9600|30||
solr|8983|10||
meilisearch|7700|2||
typesense|8108|2||
qdrant|6333,6334|2||
weaviate|8080,50051|5||
chroma|8000|4||
cassandra|9042,7000,7199|40||[CMD, cqlsh, -e, describe keyspaces]
scylla|9042|30||
clickhouse|8123,9000,9009|5||[CMD, clickhouse-client, --query, SELECT 1]
clickhouse-server|8123,9000,9009|5||[CMD, clickhouse-client, --query, SELECT 1]
cockroach|26257,8080|5||[CMD, curl, --fail, "http://localhost:8080/health?ready=1"]
neo4j|7474,7687|15||
influxdb|8086|4||[CMD, influx, ping]
couchdb|5984|4||
couchbase|8091|15||
arangodb|8529|8||
rethinkdb|28015,8080|3||
mssql/server|1433|20||
oracle-xe|1521|60||[CMD, healthcheck.sh]
oracle-free|1521|45||[CMD, healthcheck.sh]
minio|9000,9001|2||[CMD, mc, ready, local]
localstack|4566|10|yes|
azurite|10000,10001,10002|3||
keycloak|8080,8443,9000|20||
vault|8200|2||
consul|8500,8600,8300,8301|3||
etcd|2379,2380|2||[CMD, etcdctl, endpoint, health]
temporal|7233|15||
auto-setup|7233|20||
kong|8000,8001,8443,8444|6|yes|
nginx|80|1||
nginx-unprivileged|8080|1||
httpd|80|1||
caddy|80,443,2019|1||
traefik|80,443,8080|1||[CMD, traefik, healthcheck, --ping]
haproxy||1||
varnish|80,8443|1||
wordpress|80|3||
nextcloud|80|8||
ghost|2368|8||
drupal|80|3||
joomla|80|3||
gitea|3000,22|4||
gitlab-ce|80,443,22|150|yes|
jenkins|8080,50000|30||
sonarqube|9000|45||
nexus3|8081|60||
registry|5000|1||
grafana|3000|4||
prometheus|9090|2||
loki|3100|3||
tempo|3200,4317,4318|3||
jaeger|16686,4317,4318|2||
all-in-one|16686,4317,4318,14268|2||
otel-collector|4317,4318|2||
otel-collector-contrib|4317,4318|2||
adminer|8080|1||
pgadmin4|80,443|8||
phpmyadmin|80|2||
mailhog|1025,8025|1||
mailpit|1025,8025|1|yes|
pihole|53,80,443|8|yes|
vaultwarden|80|2|yes|
`;

/** By name. */
export const HABITS: ReadonlyMap<string, Habit> = new Map(
  TABLE.trim()
    .split("\n")
    .map((line): [string, Habit] => {
      const cells = line.split("|");
      const [image = "", ports = "", starts = "", checks = ""] = cells;
      const numbers = ports === "" ? [] : ports.split(",").map(Number);
      const test = cells.slice(4).join("|").trim();
      return [image, { image, ports: numbers, starts: Number(starts), checks: checks === "yes", test }];
    }),
);

/** These build the same programs with other paths inside: no test of the table fits. */
const OTHERS: readonly string[] = ["bitnami", "bitnamilegacy", "linuxserver"];

/** An image's habit: "docker.io/library/postgres:16@sha256:…" is a postgres; undefined where it is not well known. */
export function habitOf(image: string): Habit | undefined {
  const path = image
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "")
    .split("/");
  const habit = HABITS.get(path.slice(-2).join("/")) ?? HABITS.get(path.at(-1) ?? "");
  return habit !== undefined && OTHERS.includes(path.at(-2) ?? "") ? { ...habit, test: "" } : habit;
}

/** Seconds from which on a start is worth waiting for. */
export const SLOW = 3;
