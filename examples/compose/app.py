"""web writes a job into PostgreSQL, tells the worker through the broker, and waits for its answer in Redis.

As programs do, each connects once when it starts, and ends where that fails.
"""
import http.server
import os
import signal
import sys

import paho.mqtt.client
import psycopg2
import redis

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
db = psycopg2.connect(os.environ["DATABASE_URL"])
db.autocommit = True
sql = db.cursor()
cache = redis.Redis("cache")
cache.ping()
broker = paho.mqtt.client.Client(sys.argv[1])
broker.connect("broker")


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = "ok" if self.path == "/health" else f"job {self.job()} is done"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{body}\n".encode())

    def job(self):
        sql.execute("INSERT INTO jobs DEFAULT VALUES RETURNING id")
        job = sql.fetchone()[0]
        broker.publish("jobs", job, qos=1)
        if cache.blpop(f"done:{job}", timeout=2) is None:
            raise TimeoutError(f"no worker did job {job}")
        return job

    def log_request(self, *_):
        pass


def work(_client, _data, message):
    job = int(message.payload)
    sql.execute("UPDATE jobs SET done = now() WHERE id = %s", [job])
    cache.rpush(f"done:{job}", "yes")


print(f"{sys.argv[1]} is up", flush=True)
if sys.argv[1] == "web":
    broker.loop_start()
    http.server.HTTPServer(("", 8080), Page).serve_forever()
else:
    broker.on_message = work
    broker.subscribe("jobs", qos=1)
    broker.loop_forever()
