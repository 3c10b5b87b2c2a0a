// A server on a loopback port that the kernel chose, which becomes ready after MS (never, where that is negative).
//
//   serve tcp|http MS
//
// Before that tcp refuses connections (the port is bound, so that nothing else can take it) and http answers 503; after
// it tcp accepts and closes, http answers 200. Prints "port N", and "ready T" with T in us of CLOCK_MONOTONIC.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static void answer(int peer, int ready) {
  struct timeval patience = {.tv_usec = 200000};
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char head[8192];
  size_t length = 0;
  ssize_t got;
  while (length < sizeof head - 1 && (got = read(peer, head + length, sizeof head - 1 - length)) > 0) {
    head[length += got] = 0;
    if (strstr(head, "\r\n\r\n")) break;
  }
  dprintf(peer, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ready ? "200 OK" : "503 Not Ready");
}

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  int http = strcmp(argv[1], "http") == 0;
  long after = atol(argv[2]), ready = after < 0 ? __LONG_MAX__ : now() + after * 1000;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, size) || getsockname(listener, (struct sockaddr *)&address, &size)) return 1;
  if (http) listen(listener, 4096);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  if (!http) {
    while (now() < ready) usleep(after < 0 ? 1000000 : ready - now());
    ready = now();
    listen(listener, 4096);
  }
  printf("ready %ld\n", ready);
  fflush(stdout);
  for (;;) {
    int peer = accept(listener, NULL, NULL);
    if (peer < 0) continue;
    if (http) answer(peer, now() >= ready);
    close(peer);
  }
}
