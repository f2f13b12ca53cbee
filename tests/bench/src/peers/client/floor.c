/*
 * The least that a WebSocket server with heartbeats can cost: epoll, a session of a few bytes, the text frame PING to each session once
 * per interval. It knows one key and no fragment, and is a floor for the others, not a server.
 *
 * usage: floor INTERVAL_MS; prints its port
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SESSIONS = 40000, EVENTS = 1024 };

struct session {
  int fd, index, is_open;
  double heard_ms, asked_ms;
};

static struct session *sessions[MAX_SESSIONS];
static int session_count = 0;

static double now_ms(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e3 + at.tv_nsec / 1e6;
}

static void end_session(struct session *s) {
  close(s->fd);
  sessions[s->index] = sessions[--session_count];
  sessions[s->index]->index = s->index;
  s->fd = -1;
  free(s);
}

static void accept_all(int listener, int epoll_fd) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct session *s = calloc(1, sizeof *s);
    s->fd = fd;
    s->index = session_count;
    s->heard_ms = s->asked_ms = now_ms();
    sessions[session_count++] = s;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = s};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
  }
}

static void read_session(struct session *s) {
  static const char answer[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  static char data[65536];
  ssize_t got = recv(s->fd, data, sizeof data, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return end_session(s);
  s->heard_ms = now_ms();
  if (s->is_open) return;
  s->is_open = 1;
  if (send(s->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) end_session(s);
}

/* A slice of all sessions each time, so that one interval goes once around. */
static void beat(double interval_ms) {
  static int next = 0;
  double now = now_ms();
  for (int seen = 0; seen < session_count; seen += 1) {
    if (next >= session_count) next = 0;
    struct session *s = sessions[next];
    if (now - s->asked_ms < interval_ms) return;
    if (now - s->heard_ms > 3 * interval_ms) {
      end_session(s);
      continue;
    }
    s->asked_ms = now;
    next += 1;
    if (s->is_open && send(s->fd, "\x81\x04PING", 6, MSG_NOSIGNAL) < 0 && errno != EAGAIN) end_session(s);
  }
}

int main(int count, char **values) {
  double interval_ms = count > 1 ? atof(values[1]) : 30000;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  bind(listener, (struct sockaddr *)&at, sizeof at);
  listen(listener, 511);
  getsockname(listener, (struct sockaddr *)&at, &size);
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  int epoll_fd = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    static struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll_fd, events, EVENTS, 100);
    for (int index = 0; index < ready; index += 1) {
      if (events[index].data.ptr == NULL) accept_all(listener, epoll_fd);
      else read_session(events[index].data.ptr);
    }
    beat(interval_ms);
  }
}
